package main

// #include "bridge.h"
import "C"

import "github.com/jumelle/jumelle/methods/loss"

//export jmlgo_nt_xent
func jmlgo_nt_xent(a, b *C.jmlgo_npy, opts *C.jmlgo_nt_xent_options, outLoss *C.double, outGA, outGB *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "nt_xent"}
	return guard(m.op, message, func() error {
		x, n, d := m.in("a", a, -1, -1)
		y, _, _ := m.in("b", b, n, d)
		gx, gy := m.out("out_ga", outGA, n, d), m.out("out_gb", outGB, n, d)
		o := optionsOf(&m, opts, func(o *C.jmlgo_nt_xent_options) { C.jml_nt_xent_options_init(o) })
		return m.value(outLoss, func() (float64, error) {
			return loss.NTXent(x, y, n, d, loss.NTXentOptions{Temperature: float64(o.temperature)}, gx, gy)
		})
	})
}

//export jmlgo_info_nce
func jmlgo_info_nce(q, k *C.jmlgo_npy, opts *C.jmlgo_info_nce_options, outLoss *C.double, outGQ, outGK *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "info_nce"}
	return guard(m.op, message, func() error {
		x, n, d := m.in("q", q, -1, -1)
		y, _, _ := m.in("k", k, n, d)
		gx, gy := m.out("out_gq", outGQ, n, d), m.out("out_gk", outGK, n, d)
		o := optionsOf(&m, opts, func(o *C.jmlgo_info_nce_options) { C.jml_info_nce_options_init(o) })
		return m.value(outLoss, func() (float64, error) {
			return loss.InfoNCE(x, y, n, d, loss.InfoNCEOptions{Temperature: float64(o.temperature)}, gx, gy)
		})
	})
}

//export jmlgo_info_nce_queue
func jmlgo_info_nce_queue(q, k, queue *C.jmlgo_npy, opts *C.jmlgo_info_nce_queue_options, outLoss *C.double, outGQ *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "info_nce_queue"}
	return guard(m.op, message, func() error {
		x, n, d := m.in("q", q, -1, -1)
		y, _, _ := m.in("k", k, n, d)
		old, rows, _ := m.in("queue", queue, -1, d)
		gx := m.out("out_gq", outGQ, n, d)
		o := optionsOf(&m, opts, func(o *C.jmlgo_info_nce_queue_options) { C.jml_info_nce_queue_options_init(o) })
		return m.value(outLoss, func() (float64, error) {
			return loss.InfoNCEQueue(x, y, old, n, rows, d, loss.InfoNCEOptions{Temperature: float64(o.temperature)}, gx)
		})
	})
}

//export jmlgo_byol
func jmlgo_byol(prediction, target *C.jmlgo_npy, outLoss *C.double, outGP *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "byol"}
	return guard(m.op, message, func() error {
		x, n, d := m.in("prediction", prediction, -1, -1)
		y, _, _ := m.in("target", target, n, d)
		gx := m.out("out_gp", outGP, n, d)
		return m.value(outLoss, func() (float64, error) { return loss.BYOL(x, y, n, d, gx) })
	})
}

//export jmlgo_barlow_twins
func jmlgo_barlow_twins(a, b *C.jmlgo_npy, opts *C.jmlgo_barlow_twins_options, outLoss *C.double, outGA, outGB *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "barlow_twins"}
	return guard(m.op, message, func() error {
		x, n, d := m.in("a", a, -1, -1)
		y, _, _ := m.in("b", b, n, d)
		gx, gy := m.out("out_ga", outGA, n, d), m.out("out_gb", outGB, n, d)
		o := optionsOf(&m, opts, func(o *C.jmlgo_barlow_twins_options) { C.jml_barlow_twins_options_init(o) })
		return m.value(outLoss, func() (float64, error) {
			return loss.BarlowTwins(x, y, n, d, loss.BarlowTwinsOptions{OffDiagonalWeight: float64(o.off_diagonal_weight)}, gx, gy)
		})
	})
}

// matrices reads the '<f4' (n, d) arrays of one call. It keeps the first error,
// so that a function checks once, at value.
type matrices struct {
	op    string
	taken []span
	err   error
}

func (m *matrices) in(arg string, p *C.jmlgo_npy, rows, columns int) (values []float32, n, d int) {
	if m.err != nil {
		return nil, 0, 0
	}
	values, shape, err := floats(m.op, arg, p, rows, columns)
	if err != nil {
		m.err = err
		return nil, 0, 0
	}
	m.taken = append(m.taken, spanOf(arg, values))
	return values, shape[0], shape[1]
}

// out is in for an array to be filled: NULL is nil, for not wanted, and its
// memory is no other argument's.
func (m *matrices) out(arg string, p *C.jmlgo_npy, rows, columns int) []float32 {
	if m.err != nil || p == nil {
		return nil
	}
	before := m.taken
	values, _, _ := m.in(arg, p, rows, columns)
	if m.err == nil {
		m.err = apart(m.op, spanOf(arg, values), before...)
	}
	return values
}

func optionsOf[T any](m *matrices, given *T, defaults func(*T)) (o T) {
	if m.err == nil {
		o, m.err = options(m.op, given, defaults)
	}
	return o
}

// value computes the loss if all arguments are well.
func (m *matrices) value(out *C.double, compute func() (float64, error)) error {
	if m.err == nil {
		m.err = need(m.op, "out_loss", out)
	}
	if m.err != nil {
		return m.err
	}
	v, err := compute()
	if err != nil {
		return err
	}
	*out = C.double(v)
	return nil
}
