package main

// #include "bridge.h"
import "C"

import "github.com/jumelle/jumelle/methods/loss"

//export jmlgo_nt_xent
func jmlgo_nt_xent(a, b *C.jmlgo_npy, opts *C.jmlgo_nt_xent_options, outLoss, outAccuracy *C.double, outGA, outGB *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "nt_xent"}
	return guard(m.op, message, func() error {
		x, y, n, d := m.pair("a", "b", a, b)
		gx, gy := m.out("out_ga", outGA, n, d), m.out("out_gb", outGB, n, d)
		o := ntXentOptions(&m, opts)
		return m.values(outLoss, outAccuracy, func() (float64, float64, error) {
			return loss.NTXentAccuracy(x, y, n, d, o, gx, gy)
		})
	})
}

//export jmlgo_nt_xent_logits
func jmlgo_nt_xent_logits(a, b *C.jmlgo_npy, opts *C.jmlgo_nt_xent_options, outLogits, outLabels *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "nt_xent_logits"}
	return guard(m.op, message, func() error {
		x, y, n, d := m.pair("a", "b", a, b)
		logits, labels := m.filled("out_logits", outLogits, 2*n, 2*n), m.filledLabels("out_labels", outLabels, 2*n)
		o := ntXentOptions(&m, opts)
		if m.err != nil {
			return m.err
		}
		return loss.NTXentLogits(x, y, n, d, o, logits, labels)
	})
}

//export jmlgo_info_nce
func jmlgo_info_nce(q, k *C.jmlgo_npy, opts *C.jmlgo_info_nce_options, outLoss, outAccuracy *C.double, outGQ, outGK *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "info_nce"}
	return guard(m.op, message, func() error {
		x, y, n, d := m.pair("q", "k", q, k)
		gx, gy := m.out("out_gq", outGQ, n, d), m.out("out_gk", outGK, n, d)
		o := infoNCEOptions(&m, opts)
		return m.values(outLoss, outAccuracy, func() (float64, float64, error) {
			return loss.InfoNCEAccuracy(x, y, n, d, o, gx, gy)
		})
	})
}

//export jmlgo_info_nce_logits
func jmlgo_info_nce_logits(q, k *C.jmlgo_npy, opts *C.jmlgo_info_nce_options, outLogits, outLabels *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "info_nce_logits"}
	return guard(m.op, message, func() error {
		x, y, n, d := m.pair("q", "k", q, k)
		logits, labels := m.filled("out_logits", outLogits, n, n), m.filledLabels("out_labels", outLabels, n)
		o := infoNCEOptions(&m, opts)
		if m.err != nil {
			return m.err
		}
		return loss.InfoNCELogits(x, y, n, d, o, logits, labels)
	})
}

//export jmlgo_info_nce_negatives
func jmlgo_info_nce_negatives(q, k, negatives *C.jmlgo_npy, opts *C.jmlgo_info_nce_options, outLoss, outAccuracy *C.double, outGQ, outGK, outGNegatives *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "info_nce_negatives"}
	return guard(m.op, message, func() error {
		x, y, n, d := m.pair("q", "k", q, k)
		others, rows, _ := m.in("negatives", negatives, -1, d)
		gx, gy := m.out("out_gq", outGQ, n, d), m.out("out_gk", outGK, n, d)
		gn := m.out("out_gnegatives", outGNegatives, rows, d)
		o := infoNCEOptions(&m, opts)
		return m.values(outLoss, outAccuracy, func() (float64, float64, error) {
			return loss.InfoNCENegativesAccuracy(x, y, others, n, rows, d, o, gx, gy, gn)
		})
	})
}

//export jmlgo_info_nce_queue
func jmlgo_info_nce_queue(q, k, queue *C.jmlgo_npy, opts *C.jmlgo_info_nce_queue_options, outLoss, outAccuracy *C.double, outGQ *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "info_nce_queue"}
	return guard(m.op, message, func() error {
		x, y, n, d := m.pair("q", "k", q, k)
		old, rows, _ := m.in("queue", queue, -1, d)
		gx := m.out("out_gq", outGQ, n, d)
		o := infoNCEQueueOptions(&m, opts)
		return m.values(outLoss, outAccuracy, func() (float64, float64, error) {
			return loss.InfoNCEQueueAccuracy(x, y, old, n, rows, d, o, gx)
		})
	})
}

//export jmlgo_info_nce_queue_logits
func jmlgo_info_nce_queue_logits(q, k, queue *C.jmlgo_npy, opts *C.jmlgo_info_nce_queue_options, outLogits, outLabels *C.jmlgo_npy, message **C.char) C.jml_status {
	m := matrices{op: "info_nce_queue_logits"}
	return guard(m.op, message, func() error {
		x, y, n, d := m.pair("q", "k", q, k)
		old, rows, _ := m.in("queue", queue, -1, d)
		logits, labels := m.filled("out_logits", outLogits, n, 1+rows), m.filledLabels("out_labels", outLabels, n)
		o := infoNCEQueueOptions(&m, opts)
		if m.err != nil {
			return m.err
		}
		return loss.InfoNCEQueueLogits(x, y, old, n, rows, d, o, logits, labels)
	})
}

func ntXentOptions(m *matrices, given *C.jmlgo_nt_xent_options) loss.NTXentOptions {
	o := optionsOf(m, given, func(o *C.jmlgo_nt_xent_options) { C.jml_nt_xent_options_init(o) })
	return loss.NTXentOptions{Temperature: float64(o.temperature), Lo: int(o.lo), Hi: int(o.hi)}
}

func infoNCEOptions(m *matrices, given *C.jmlgo_info_nce_options) loss.InfoNCEOptions {
	o := optionsOf(m, given, func(o *C.jmlgo_info_nce_options) { C.jml_info_nce_options_init(o) })
	return loss.InfoNCEOptions{Temperature: float64(o.temperature), Lo: int(o.lo), Hi: int(o.hi)}
}

func infoNCEQueueOptions(m *matrices, given *C.jmlgo_info_nce_queue_options) loss.InfoNCEOptions {
	o := optionsOf(m, given, func(o *C.jmlgo_info_nce_queue_options) { C.jml_info_nce_queue_options_init(o) })
	return loss.InfoNCEOptions{Temperature: float64(o.temperature), Lo: int(o.lo), Hi: int(o.hi)}
}
