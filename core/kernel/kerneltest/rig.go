// Package kerneltest is the test suite of the backends of core/kernel: Run
// checks every operation of a backend against a naive reference in float64.
package kerneltest

import (
	"math"
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/rng"
)

// rig collects calls on tensors, then runs them as one program in one arena.
type rig struct {
	t     testing.TB
	b     kernel.Backend
	mode  layoutMode
	calls []kernel.Call
	// tensors get their memory when the program is made; used maps the arguments
	// of each call to them.
	tensors []*tensor
	used    [][]*tensor
	arena   kernel.Arena
}

// layoutMode says which layouts a rig asks for.
type layoutMode int

const (
	plain layoutMode = iota // Plain for every operand
	anyLayout
)

// tensor is a place in the arena. values are what it starts with (nil: garbage).
type tensor struct {
	shape  []int
	layout kernel.Layout
	bytes  int64
	values []float32
	memory kernel.Memory
	plain  *tensor // its copy in layout Plain, made by read
}

func newRig(t testing.TB, b kernel.Backend, mode layoutMode) *rig {
	return &rig{t: t, b: b, mode: mode}
}

// input makes a tensor with values, in layout Plain.
func (r *rig) input(shape []int, values []float32) *tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if len(values) != n {
		r.t.Fatalf("kerneltest: %d values for shape %v", len(values), shape)
	}
	return r.add(&tensor{shape: shape, bytes: int64(n) * 4, values: values})
}

func (r *rig) add(t *tensor) *tensor {
	r.tensors = append(r.tensors, t)
	return t
}

// call adds op on inputs and returns its outputs. into, if any, are existing
// tensors whose memory the outputs take, in order (nil: new memory).
func (r *rig) call(op kernel.Op, inputs []*tensor, into ...*tensor) []*tensor {
	r.t.Helper()
	operands, err := op.Operands()
	if err != nil {
		r.t.Fatal(err)
	}
	layouts := make([]kernel.Layout, len(operands))
	if r.mode == anyLayout {
		next := 0
		for i, o := range operands {
			layouts[i] = kernel.Any
			if !o.Output {
				if !choosesLayouts(op) && o.Shape != nil {
					layouts[i] = inputs[next].layout
				}
				next++
			}
		}
	}
	p, err := r.b.Make(op, layouts)
	if err != nil {
		r.t.Fatalf("%s %+v: %v", op.Name(), op, err)
	}
	var args, outputs []*tensor
	for _, o := range p.Operands() {
		if !o.Output {
			in := inputs[0]
			inputs = inputs[1:]
			if o.Shape != nil {
				in = r.reorder(in, o.Layout)
			}
			if in.bytes < o.Bytes {
				r.t.Fatalf("%s: %s needs %d bytes, the tensor has %d", op.Name(), o.Name, o.Bytes, in.bytes)
			}
			args = append(args, in)
			continue
		}
		out := &tensor{shape: o.Shape, layout: o.Layout, bytes: o.Bytes}
		if n := len(outputs); n < len(into) && into[n] != nil {
			if into[n].layout != o.Layout || into[n].bytes != o.Bytes {
				r.t.Fatalf("%s: %s cannot take the memory of a tensor of another layout", op.Name(), o.Name)
			}
			out = into[n]
		} else {
			r.add(out)
		}
		args, outputs = append(args, out), append(outputs, out)
	}
	r.calls = append(r.calls, kernel.Call{Primitive: p})
	r.used = append(r.used, args)
	return outputs
}

// choosesLayouts are the operations on which a plan leaves layouts open; others
// follow their inputs.
func choosesLayouts(op kernel.Op) bool {
	switch op.(type) {
	case kernel.ConvForward, kernel.ConvBackwardData, kernel.ConvBackwardWeights,
		kernel.LinearForward, kernel.LinearBackwardData, kernel.LinearBackwardWeights:
		return true
	}
	return false
}

func (r *rig) reorder(t *tensor, to kernel.Layout) *tensor {
	if t.layout == to {
		return t
	}
	p, err := r.b.Make(kernel.Reorder{Shape: t.shape}, []kernel.Layout{t.layout, to})
	if err != nil {
		r.t.Fatalf("reorder %v from %s to %s: %v", t.shape, r.b.LayoutName(t.layout), r.b.LayoutName(to), err)
	}
	out := r.add(&tensor{shape: t.shape, layout: to, bytes: p.Operands()[1].Bytes})
	r.calls = append(r.calls, kernel.Call{Primitive: p})
	r.used = append(r.used, []*tensor{t, out})
	return out
}

// read asks for t's values after run.
func (r *rig) read(t *tensor) { t.plain = r.reorder(t, kernel.Plain) }

// run gives every tensor its memory, runs the calls and returns the program.
func (r *rig) run() kernel.Program {
	r.t.Helper()
	var size, scratch int64
	place := func(bytes int64) int64 {
		at := size
		size += (bytes + kernel.Alignment - 1) / kernel.Alignment * kernel.Alignment
		return at
	}
	for _, t := range r.tensors {
		t.memory.Offset = place(t.bytes)
	}
	for _, c := range r.calls {
		scratch = max(scratch, c.Primitive.Scratch())
	}
	scratchAt := place(scratch)
	arena, err := r.b.NewArena(size)
	if err != nil {
		r.t.Fatal(err)
	}
	r.arena = arena
	r.t.Cleanup(arena.Free)
	// What nothing writes must not matter: outputs and scratch start as NaN.
	garbage := make([]float32, size/4)
	for i := range garbage {
		garbage[i] = float32(math.NaN())
	}
	arena.CopyIn(0, garbage)
	for _, t := range r.tensors {
		t.memory.Arena = arena
		if t.values != nil {
			arena.CopyIn(t.memory.Offset, t.values)
		}
	}
	for i := range r.calls {
		r.calls[i].Scratch = kernel.Memory{Arena: arena, Offset: scratchAt}
		for _, t := range r.used[i] {
			r.calls[i].Args = append(r.calls[i].Args, t.memory)
		}
	}
	program, err := r.b.NewProgram(r.calls)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(program.Free)
	if err := program.Run(); err != nil {
		r.t.Fatal(err)
	}
	return program
}

// values are the numbers of a tensor that read asked for.
func (r *rig) values(t *tensor) []float32 {
	out := make([]float32, t.plain.bytes/4)
	r.arena.CopyOut(out, t.plain.memory.Offset)
	return out
}

// check compares a tensor with the reference: the error of an element, relative
// to its size and to the root mean square of all, is at most 1e-4.
func (r *rig) check(what string, t *tensor, want []float64) {
	r.t.Helper()
	got := r.values(t)
	if len(got) != len(want) {
		r.t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var squares float64
	for _, v := range want {
		squares += v * v
	}
	rms := math.Sqrt(squares / float64(len(want)))
	for i, v := range want {
		if d := math.Abs(float64(got[i]) - v); !(d <= 1e-4*(math.Abs(v)+rms)) {
			r.t.Errorf("%s: element %d of %v is %g, want %g (rms %g)", what, i, t.shape, got[i], v, rms)
			return
		}
	}
}

// checkRounding fails if the root mean square of a tensor's errors exceeds that
// part of the root mean square of the reference. Sums of float32 products in order
// have 3e-7 to 5e-7 with few channels, minimal filtering up to 2.3e-6 with 512.
func (r *rig) checkRounding(what string, t *tensor, want []float64, part float64) {
	r.t.Helper()
	var errors, squares float64
	for i, v := range r.values(t) {
		errors += (float64(v) - want[i]) * (float64(v) - want[i])
		squares += want[i] * want[i]
	}
	if e := math.Sqrt(errors / squares); !(e <= part) {
		r.t.Errorf("%s: errors are %g of the values, want at most %g", what, e, part)
	}
}

// random is n numbers of mean 0 and standard deviation 1.
func random(seed uint64, n int) []float32 {
	s := rng.Key{Seed: seed}.Stream()
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(s.Normal())
	}
	return out
}

func wide(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
