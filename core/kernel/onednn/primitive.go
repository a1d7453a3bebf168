//go:build onednn && cgo

package onednn

/*
#include "onednn.h"
*/
import "C"

import (
	"fmt"
	"runtime"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
)

// primitive is one or more steps of the library. Its scratch memory begins with
// what the steps ask for, which they share, followed by the temporaries.
type primitive struct {
	op       kernel.Op
	operands []kernel.Operand
	steps    []step
	shared   int64   // bytes
	temps    []int64 // bytes of each temporary
}

// step is a primitive of the library and where its arguments come from, or a
// convolution or batch normalisation of our own (winograd.h, norm.h) on the
// operands in their order.
type step struct {
	c        C.jmk_step
	args     []arg
	winograd *C.jmk_winograd
	norm     *C.jmk_norm
}

// arg is an argument of a step: the library's number for it, and an operand of
// the primitive, or, if negative, temporary -from-1. Where a step takes a part of an
// operand, part counts from 0, in arguments of this size.
type arg struct {
	code C.int
	from int
	part int
}

const scratchpad = 1 << 20 // the from of a step's own scratch memory

func (p *primitive) Operands() []kernel.Operand { return p.operands }

func (p *primitive) Scratch() int64 {
	total := aligned(p.shared)
	for _, t := range p.temps {
		total += aligned(t)
	}
	return total
}

func aligned(bytes int64) int64 {
	return (bytes + kernel.Alignment - 1) / kernel.Alignment * kernel.Alignment
}

// maxMade bounds the cache of primitives of a backend. It starts anew when it is
// full: primitives in use live on, others are given back.
const maxMade = 1024

// Make implements kernel.Backend. A primitive made before for the same operation
// and layouts is returned again; primitives hold no data.
func (b *backend) Make(op kernel.Op, ask []kernel.Layout) (kernel.Primitive, error) {
	operands, err := op.Operands()
	if err != nil {
		return nil, err
	}
	if len(ask) != len(operands) {
		return nil, core.Invalid(op.Name(), "layouts", "want %d, one for each operand, got %d", len(operands), len(ask))
	}
	key := fmt.Sprintf("%s %+v %v", op.Name(), op, ask)
	var p *primitive
	err = b.do(func() error {
		if p = b.made[key]; p != nil {
			return nil
		}
		C.jmk_set_threads(C.int(b.threads))
		m := &maker{b: b, op: op, operands: operands, layouts: ask}
		made, err := m.make()
		if err != nil {
			for _, s := range m.steps {
				C.jmk_step_free(s.c)
			}
			return err
		}
		if len(b.made) >= maxMade {
			clear(b.made)
		}
		b.made[key], p = made, made
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// maker collects the steps of one primitive.
type maker struct {
	b        *backend
	op       kernel.Op
	operands []kernel.Operand
	layouts  []kernel.Layout
	steps    []step
	shared   int64
	temps    []int64
}

// want is the descriptor asked for operand i.
func (m *maker) want(i int) (desc, error) {
	return descOf(m.op.Name(), m.operands[i].Name, m.shape(i), m.layouts[i])
}

// shape is the shape of operand i as the library sees it: vectors (N, C) are
// pictures of one pixel, so that what a convolution leaves of a small picture and
// what a Linear makes are the same thing. A Linear itself wants vectors.
func (m *maker) shape(i int) []int {
	s := m.operands[i].Shape
	switch m.op.(type) {
	case kernel.LinearForward, kernel.LinearBackwardData, kernel.LinearBackwardWeights:
		return s
	}
	if len(s) == 2 {
		return []int{s[0], s[1], 1, 1}
	}
	return s
}

// is tells the descriptor that operand i got, from a step's argument.
func (m *maker) is(i int, d desc) {
	o := &m.operands[i]
	o.Bytes = int64(C.jmk_desc_bytes(&d))
	if o.Shape != nil {
		o.Layout = intern(&d)
	}
}

// describe is the descriptor of an argument of a step.
func (s step) describe(code C.int) desc {
	var d desc
	C.jmk_step_arg(s.c, code, &d)
	return d
}

// step adds one primitive of the library. status is what making it returned.
func (m *maker) step(c C.jmk_step, status C.int, args ...arg) (step, error) {
	if status != 0 {
		return step{}, failed(m.op.Name(), "", status)
	}
	s := step{c: c, args: args}
	if scratch := s.describe(C.DNNL_ARG_SCRATCHPAD); scratch.ndims > 0 {
		if bytes := int64(C.jmk_desc_bytes(&scratch)); bytes > 0 {
			m.shared = max(m.shared, bytes)
			s.args = append(s.args, arg{code: C.DNNL_ARG_SCRATCHPAD, from: scratchpad})
		}
	}
	m.steps = append(m.steps, s)
	return s, nil
}

// only adds the one step of a primitive whose operands are its arguments, in
// order, and tells the operands' descriptors.
func (m *maker) only(c C.jmk_step, status C.int, codes ...C.int) error {
	args := make([]arg, len(codes))
	for i, code := range codes {
		args[i] = arg{code: code, from: i}
	}
	s, err := m.step(c, status, args...)
	if err != nil {
		return err
	}
	for i, code := range codes {
		m.is(i, s.describe(code))
	}
	return nil
}

// temp adds a temporary for d and returns its place as the from of an arg.
func (m *maker) temp(d desc) int {
	m.temps = append(m.temps, int64(C.jmk_desc_bytes(&d)))
	return -len(m.temps)
}

func (m *maker) done() *primitive {
	p := &primitive{op: m.op, operands: m.operands, steps: m.steps, shared: m.shared, temps: m.temps}
	// The library counts references: freeing here while another primitive of the
	// same kind runs is safe, and so is freeing on another thread.
	runtime.AddCleanup(p, func(steps []step) {
		for _, s := range steps {
			C.jmk_step_free(s.c)
		}
	}, p.steps)
	return p
}
