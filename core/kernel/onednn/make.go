//go:build onednn && cgo

package onednn

/*
#include "onednn.h"
*/
import "C"

import (
	"slices"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
)

func (m *maker) make() (*primitive, error) {
	var err error
	switch op := m.op.(type) {
	case kernel.ConvForward:
		err = m.conv(op.Conv, C.JMK_FORWARD, 0, 1, 2)
	case kernel.ConvBackwardData:
		err = m.conv(op.Conv, C.JMK_BACKWARD_DATA, 2, 1, 0)
	case kernel.ConvBackwardWeights:
		err = m.conv(op.Conv, C.JMK_BACKWARD_WEIGHTS, 0, 2, 1)
	case kernel.LinearForward:
		err = m.linear(C.JMK_FORWARD, op.Bias, 0, 1, 2)
	case kernel.LinearBackwardData:
		err = m.linear(C.JMK_BACKWARD_DATA, false, 2, 1, 0)
	case kernel.LinearBackwardWeights:
		err = m.linear(C.JMK_BACKWARD_WEIGHTS, op.Bias, 0, 2, 1)
	case kernel.BatchNormForward:
		err = m.batchNormForward(op.BatchNorm)
	case kernel.BatchNormInference:
		err = m.batchNormInference(op.BatchNorm)
	case kernel.BatchNormBackward:
		err = m.batchNormBackward(op.BatchNorm)
	case kernel.Sum:
		err = m.sum(op)
	case kernel.ReLU:
		err = m.relu()
	case kernel.ReLUBackward:
		err = m.reluBackward()
	case kernel.MaxPoolForward:
		err = m.maxPool(op.Pool, false)
	case kernel.MaxPoolBackward:
		err = m.maxPool(op.Pool, true)
	case kernel.GlobalAvgPoolForward:
		err = m.averageForward(op)
	case kernel.GlobalAvgPoolBackward:
		err = m.averageBackward(op)
	case kernel.Reorder:
		err = m.reorder()
	default:
		err = core.Errorf(core.EIntern, m.op.Name(), "op", "want an operation of core/kernel, got %T", op)
	}
	if err != nil {
		return nil, err
	}
	return m.done(), nil
}

// wants are the descriptors asked for several operands.
func (m *maker) wants(operands ...int) ([]desc, error) {
	out := make([]desc, len(operands))
	for i, o := range operands {
		d, err := m.want(o)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// passCodes are the library's numbers of source, weights and destination.
func passCodes(pass C.int) (src, weights, dst C.int) {
	switch pass {
	case C.JMK_BACKWARD_DATA:
		return C.DNNL_ARG_DIFF_SRC, C.DNNL_ARG_WEIGHTS, C.DNNL_ARG_DIFF_DST
	case C.JMK_BACKWARD_WEIGHTS:
		return C.DNNL_ARG_SRC, C.DNNL_ARG_DIFF_WEIGHTS, C.DNNL_ARG_DIFF_DST
	}
	return C.DNNL_ARG_SRC, C.DNNL_ARG_WEIGHTS, C.DNNL_ARG_DST
}

// linear keeps everything plain: layouts of pictures and vectors never mix, and
// the library multiplies plain matrices as fast as any (measured from 256x128 to
// 2048x2048), so that no weights are reordered.
func (m *maker) linear(pass C.int, bias bool, src, weights, dst int) error {
	if pass == C.JMK_FORWARD {
		dst = len(m.operands) - 1
	}
	m.layouts = slices.Clone(m.layouts)
	for i, l := range m.layouts {
		if l == kernel.Any {
			m.layouts[i] = kernel.Plain
		}
	}
	d, err := m.wants(src, weights, dst)
	if err != nil {
		return err
	}
	codes := make([]C.int, len(m.operands))
	codes[src], codes[weights], codes[dst] = passCodes(pass)
	var c C.jmk_step
	if !bias {
		return m.only(c, C.jmk_linear(pass, &d[0], &d[1], nil, &d[2], &c), codes...)
	}
	at, code := 2, C.int(C.DNNL_ARG_BIAS)
	if pass == C.JMK_BACKWARD_WEIGHTS {
		at, code = 3, C.DNNL_ARG_DIFF_BIAS
	}
	codes[at] = code
	b := plainDesc(m.operands[at].Shape)
	status := C.jmk_linear(pass, &d[0], &d[1], &b, &d[2], &c)
	return m.only(c, status, codes...)
}

// follow resolves layouts that are open: operands of one shape all take that of
// the first of them whose layout is given, else the backend's own for pictures.
// It returns that descriptor.
func (m *maker) follow(operands ...int) (desc, error) {
	for _, i := range operands {
		if m.layouts[i] != kernel.Any {
			return m.want(i)
		}
	}
	return m.preferred(m.shape(operands[0])), nil
}

// preferred is the layout of pictures with whole blocks of channels, else plain.
func (m *maker) preferred(shape []int) desc {
	if len(shape) == 4 && shape[1]%m.b.width() == 0 {
		return described(shape, m.b.block)
	}
	return plainDesc(shape)
}

// agree fails where a layout that is given differs from the one that follows.
func (m *maker) agree(d desc, operands ...int) error {
	for _, i := range operands {
		if m.layouts[i] == kernel.Any {
			continue
		}
		if got := intern(&d); m.layouts[i] != got {
			return core.Invalid(m.op.Name(), m.operands[i].Name, "want layout %s as the other operands, got %s", m.b.LayoutName(got), m.b.LayoutName(m.layouts[i]))
		}
	}
	return nil
}

func (m *maker) sum(op kernel.Sum) error {
	all := make([]int, op.Inputs+1)
	for i := range all {
		all[i] = i
	}
	d, err := m.follow(all...)
	if err != nil {
		return err
	}
	descs := make([]desc, len(all))
	for i := range all {
		descs[i] = d
		if m.layouts[i] != kernel.Any {
			if descs[i], err = m.want(i); err != nil {
				return err
			}
		}
	}
	dst := op.Inputs
	// In 2.6 the fused ReLU gives wrong numbers where the last block of channels
	// is not full.
	fuse := !padded(&descs[dst])
	// dst may be src0's memory, so it is written only once src0 is read; the
	// other inputs are added to it one by one.
	for i := 1; i < op.Inputs; i++ {
		first := 0
		if i > 1 {
			first = dst
		}
		relu := C.int(0)
		if op.ReLU && i == op.Inputs-1 && fuse {
			relu = 1
		}
		var c C.jmk_step
		status := C.jmk_add(&descs[first], &descs[i], &descs[dst], relu, &c)
		if _, err := m.step(c, status, arg{code: C.DNNL_ARG_SRC_0, from: first}, arg{code: C.DNNL_ARG_SRC_1, from: i}, arg{code: C.DNNL_ARG_DST, from: dst}); err != nil {
			return err
		}
	}
	if op.ReLU && !fuse {
		var c C.jmk_step
		status := C.jmk_relu(&descs[dst], &c)
		if _, err := m.step(c, status, arg{code: C.DNNL_ARG_SRC, from: dst}, arg{code: C.DNNL_ARG_DST, from: dst}); err != nil {
			return err
		}
	}
	for i := range descs {
		m.is(i, descs[i])
	}
	return nil
}

func padded(d *desc) bool {
	for i := range int(d.ndims) {
		if d.padded_dims[i] != d.dims[i] {
			return true
		}
	}
	return false
}

func (m *maker) relu() error {
	d, err := m.follow(0, 1)
	if err == nil {
		err = m.agree(d, 0, 1)
	}
	if err != nil {
		return err
	}
	var c C.jmk_step
	return m.only(c, C.jmk_relu(&d, &c), C.DNNL_ARG_SRC, C.DNNL_ARG_DST)
}

func (m *maker) reluBackward() error {
	d, err := m.follow(0, 1, 2)
	if err == nil {
		err = m.agree(d, 0, 1, 2)
	}
	if err != nil {
		return err
	}
	var c C.jmk_step
	return m.only(c, C.jmk_relu_backward(&d, &d, &c), C.DNNL_ARG_DST, C.DNNL_ARG_DIFF_DST, C.DNNL_ARG_DIFF_SRC)
}

func (m *maker) reorder() error {
	d, err := m.follow(0, 1)
	if err != nil {
		return err
	}
	src, dst := d, d
	if m.layouts[0] != kernel.Any {
		if src, err = m.want(0); err != nil {
			return err
		}
	}
	if m.layouts[1] != kernel.Any {
		if dst, err = m.want(1); err != nil {
			return err
		}
	}
	return m.copy(src, dst, 0, 1)
}

// copy adds a reorder between operands, whose descriptors it tells.
func (m *maker) copy(src, dst desc, from, to int) error {
	var c C.jmk_step
	status := C.jmk_reorder(&src, &dst, &c)
	if _, err := m.step(c, status, arg{code: C.DNNL_ARG_FROM, from: from}, arg{code: C.DNNL_ARG_TO, from: to}); err != nil {
		return err
	}
	if from >= 0 {
		m.is(from, src)
	}
	if to >= 0 {
		m.is(to, dst)
	}
	return nil
}
