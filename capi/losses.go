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
