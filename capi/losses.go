package main

// #include "bridge.h"
import "C"

import "github.com/jumelle/jumelle/methods/loss"

//export jmlgo_byol
func jmlgo_byol(prediction, target *C.jmlgo_npy, outLoss *C.double, outGP *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "byol"}
	return guard(m.op, message, func() error {
		x, y, n, d := m.pair("prediction", "target", prediction, target)
		gx := m.out("out_gp", outGP, n, d)
		return m.value(outLoss, func() (float64, error) { return loss.BYOL(x, y, n, d, gx) })
	})
}

//export jmlgo_barlow_twins
func jmlgo_barlow_twins(a, b *C.jmlgo_npy, opts *C.jmlgo_barlow_twins_options, outLoss *C.double, outGA, outGB *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "barlow_twins"}
	return guard(m.op, message, func() error {
		x, y, n, d := m.pair("a", "b", a, b)
		gx, gy := m.out("out_ga", outGA, n, d), m.out("out_gb", outGB, n, d)
		o := optionsOf(&m, opts, func(o *C.jmlgo_barlow_twins_options) { C.jml_barlow_twins_options_init(o) })
		return m.value(outLoss, func() (float64, error) {
			return loss.BarlowTwins(x, y, n, d, loss.BarlowTwinsOptions{
				OffDiagonalWeight: float64(o.off_diagonal_weight), Lo: int(o.lo), Hi: int(o.hi),
			}, gx, gy)
		})
	})
}

//export jmlgo_cross_entropy
func jmlgo_cross_entropy(logits, labels *C.jmlgo_npy, opts *C.jmlgo_cross_entropy_options, outLoss, outAccuracy *C.double, outG *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "cross_entropy"}
	return guard(m.op, message, func() error {
		x, n, classes := m.in("logits", logits, -1, -1)
		y := m.labels("labels", labels, n)
		g := m.out("out_g", outG, n, classes)
		o := optionsOf(&m, opts, func(o *C.jmlgo_cross_entropy_options) { C.jml_cross_entropy_options_init(o) })
		return m.values(outLoss, outAccuracy, func() (float64, float64, error) {
			return loss.CrossEntropyAccuracy(x, y, n, classes, loss.CrossEntropyOptions{Smoothing: float64(o.smoothing)}, g)
		})
	})
}

//export jmlgo_masked_mse
func jmlgo_masked_mse(x, target, mask *C.jmlgo_npy, outLoss *C.double, outGX *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "masked_mse"}
	return guard(m.op, message, func() error {
		shape := m.shapeOf("x", x)
		values := m.shaped("x", x, shape)
		wanted := m.shaped("target", target, shape)
		var weights []float32
		if mask != nil {
			weights = m.shaped("mask", mask, shape)
		}
		var gx []float32
		if outGX != nil {
			gx = m.filledShaped("out_gx", outGX, shape)
		}
		return m.value(outLoss, func() (float64, error) { return loss.MaskedMSE(values, wanted, weights, gx) })
	})
}

// value computes the loss if all arguments are well.
func (m *matrices) value(out *C.double, compute func() (float64, error)) error {
	return m.values(out, nil, func() (float64, float64, error) {
		v, err := compute()
		return v, 0, err
	})
}

// values is value for a loss with an accuracy; outAccuracy may be NULL.
func (m *matrices) values(outLoss, outAccuracy *C.double, compute func() (value, accuracy float64, err error)) error {
	if m.err == nil {
		m.err = need(m.op, "out_loss", outLoss)
	}
	if m.err != nil {
		return m.err
	}
	value, accuracy, err := compute()
	if err != nil {
		return err
	}
	*outLoss = C.double(value)
	if outAccuracy != nil {
		*outAccuracy = C.double(accuracy)
	}
	return nil
}
