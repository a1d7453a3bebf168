//go:build onednn && cgo

package onednn

/*
#include "onednn.h"
*/
import "C"

import (
	"slices"

	"github.com/jumelle/jumelle/core/kernel"
)

// Batch normalisation keeps one layout for source, destination and gradients. It
// runs by the kernels of norm.h for whole blocks of channels, and else by the
// library, which reads the source three times where they read it twice and whose
// workspace is the bits of the fused ReLU.
//
// By the library, a batch in parts is one step a part: pictures are outermost in
// every layout, so a part is a piece of its tensor. Gradients of scale and shift are
// added up.

func (m *maker) batchNormForward(g kernel.BatchNorm) error {
	return m.norm(g, C.JMK_TRAINING, []int{0, 3}, C.DNNL_ARG_SRC, C.DNNL_ARG_SCALE, C.DNNL_ARG_SHIFT,
		C.DNNL_ARG_DST, C.DNNL_ARG_MEAN, C.DNNL_ARG_VARIANCE, C.DNNL_ARG_WORKSPACE)
}

func (m *maker) batchNormInference(g kernel.BatchNorm) error {
	return m.norm(g, C.JMK_INFERENCE, []int{0, 5}, C.DNNL_ARG_SRC, C.DNNL_ARG_SCALE, C.DNNL_ARG_SHIFT,
		C.DNNL_ARG_MEAN, C.DNNL_ARG_VARIANCE, C.DNNL_ARG_DST)
}

func (m *maker) batchNormBackward(g kernel.BatchNorm) error {
	return m.norm(g, C.JMK_BACKWARD, []int{0, 4, 6}, C.DNNL_ARG_SRC, C.DNNL_ARG_MEAN, C.DNNL_ARG_VARIANCE, C.DNNL_ARG_SCALE,
		C.DNNL_ARG_DIFF_DST, C.DNNL_ARG_WORKSPACE, C.DNNL_ARG_DIFF_SRC, C.DNNL_ARG_DIFF_SCALE, C.DNNL_ARG_DIFF_SHIFT)
}

// norm makes a pass whose operands are the arguments called codes, those of pictures
// all in one layout.
func (m *maker) norm(g kernel.BatchNorm, pass C.int, pictures []int, codes ...C.int) error {
	whole, err := m.follow(pictures...)
	if err == nil {
		err = m.agree(whole, pictures...)
	}
	if err != nil {
		return err
	}
	if m.ownNorm(g, pass, whole) {
		return nil
	}
	one, parts := g.Part()
	d := like(whole, append([]int{one.N}, sizes(&whole)[1:]...))
	for part := range parts {
		var args []arg
		var sums [][2]int // an operand, and the temporary that is added to it
		for i, code := range codes {
			a := arg{code: code, from: i, part: part}
			switch code {
			case C.DNNL_ARG_WORKSPACE:
				if !g.ReLU {
					continue
				}
			case C.DNNL_ARG_SCALE, C.DNNL_ARG_SHIFT:
				a.part = 0
			case C.DNNL_ARG_DIFF_SCALE, C.DNNL_ARG_DIFF_SHIFT:
				if a.part = 0; part > 0 {
					a.from = m.temp(plainDesc([]int{g.C}))
					sums = append(sums, [2]int{i, a.from})
				}
			}
			args = append(args, a)
			if code == C.DNNL_ARG_SCALE && pass == C.JMK_BACKWARD {
				// The library insists on a SHIFT, whose values it does not use.
				args = append(args, arg{code: C.DNNL_ARG_SHIFT, from: i})
			}
		}
		var c C.jmk_step
		status := C.jmk_batch_norm(pass, &d, &d, C.float(g.Eps), relu(g), &c)
		s, err := m.step(c, status, args...)
		if err != nil {
			return err
		}
		if part == 0 {
			m.normOperands(s, whole, parts, pictures, codes)
		}
		for _, sum := range sums {
			if err := m.addTo(sum[0], sum[1], plainDesc([]int{g.C})); err != nil {
				return err
			}
		}
	}
	return nil
}

// normOperands tells the operands' descriptors; s is the step of one part.
func (m *maker) normOperands(s step, whole desc, parts int, pictures []int, codes []C.int) {
	for i, code := range codes {
		switch {
		case slices.Contains(pictures, i):
			m.is(i, whole)
		case code == C.DNNL_ARG_WORKSPACE:
			d := s.describe(code)
			m.operands[i].Bytes = int64(parts) * int64(C.jmk_desc_bytes(&d))
		default:
			m.is(i, plainDesc(m.shape(i)))
		}
	}
}

// addTo adds a temporary to an operand, both of one descriptor.
func (m *maker) addTo(to, from int, d desc) error {
	var c C.jmk_step
	status := C.jmk_add(&d, &d, &d, 0, &c)
	_, err := m.step(c, status, arg{code: C.DNNL_ARG_SRC_0, from: to}, arg{code: C.DNNL_ARG_SRC_1, from: from}, arg{code: C.DNNL_ARG_DST, from: to})
	return err
}

// ownNorm makes the pass on pictures of descriptor d with norm.h where it can.
func (m *maker) ownNorm(g kernel.BatchNorm, pass C.int, d desc) bool {
	one, parts := g.Part()
	s := &C.jmk_norm{
		pass: pass, relu: relu(g), width: C.int(m.b.width()), parts: C.int(parts), n: C.int(one.N), c: C.int(g.C), pixels: C.int(g.H * g.W),
		eps: C.float(g.Eps), threads: C.int(m.b.threads),
	}
	if C.jmk_norm_fits(s) == 0 {
		return false
	}
	// Vectors in order are pictures of one pixel in blocks.
	if blocked := described(sizes(&d), m.b.block); C.jmk_desc_equal(&d, &blocked) == 0 && C.jmk_desc_one_pixel(&d) == 0 {
		return false
	}
	for i, o := range m.operands {
		switch {
		case len(o.Shape) > 1:
			m.is(i, d)
		case o.Shape != nil:
			m.is(i, plainDesc(o.Shape))
		case g.ReLU: // the workspace
			m.is(i, plainDesc([]int{g.C}))
		}
	}
	m.shared = int64(C.jmk_norm_scratch(s))
	m.steps = append(m.steps, step{norm: s})
	return true
}

func relu(g kernel.BatchNorm) C.int {
	if g.ReLU {
		return 1
	}
	return 0
}
