package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
)

// form is a value in one layout: a tensor that some step makes or reads.
type form struct {
	value  *value
	shape  []int
	layout kernel.Layout
	bytes  int64
	pass   int // in which it is made

	outside *kernel.Memory // lies elsewhere
	slot    *slot          // else its place in the arena
}

// memory is where t lies once places are given; nowhere if it has no bytes.
func (t *form) memory(arena kernel.Arena) kernel.Memory {
	switch {
	case t.outside != nil:
		return *t.outside
	case t.bytes == 0:
		return kernel.Memory{}
	}
	return kernel.Memory{Arena: arena, Offset: t.slot.offset}
}

func (t *form) elements() int {
	n := 1
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// chooser makes primitives and decides layouts: convolutions take what the
// backend likes best, everything else follows what it reads, and reorders come
// in only where the two differ. Weights stay row-major where they lie and are
// reordered once in each pass that needs them otherwise; so are their gradients
// on the way back.
type chooser struct {
	backend kernel.Backend
	steps   []*step
	given   []*form // what the host sets
}

func choose(backend kernel.Backend, r *reading) (*chooser, error) {
	c := &chooser{backend: backend}
	for _, v := range r.order {
		if v.given {
			t := &form{value: v, shape: v.shape, bytes: plainBytes(v.shape), outside: v.outside}
			v.forms, v.host = []*form{t}, t
			if v.outside == nil {
				c.given = append(c.given, t)
			}
			if err := c.deliver(v, 0); err != nil {
				return nil, err
			}
		}
	}
	for _, s := range r.steps {
		var err error
		if s.foreign != nil {
			err = c.chooseForeign(s)
		} else {
			err = c.chooseKernel(s)
		}
		if err != nil {
			return nil, err
		}
		for _, v := range s.out {
			if v == nil || v.shape == nil {
				continue
			}
			if err := c.deliver(v, s.pass); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

func (c *chooser) chooseKernel(s *step) error {
	wanted, err := c.layouts(s)
	if err != nil {
		return err
	}
	if s.primitive, err = c.backend.Make(s.op, wanted); err != nil {
		return err
	}
	in, out := s.in, s.out
	for _, p := range s.primitive.Operands() {
		var t *form
		switch {
		case p.Output:
			t = c.output(out[0], p, s)
			out = out[1:]
		case in[0] == nil: // a workspace nobody filled: of no bytes
			t, in = &form{bytes: p.Bytes}, in[1:]
			if p.Bytes != 0 {
				return core.Errorf(core.EIntern, s.op.Name(), p.Name, "want a workspace of %d bytes, got none", p.Bytes)
			}
		default:
			if t, err = c.inLayout(in[0], p.Layout, s.pass); err != nil {
				return err
			}
			in = in[1:]
		}
		s.args = append(s.args, t)
	}
	if n := s.primitive.Scratch(); n > 0 {
		s.scratch = &form{bytes: n, pass: s.pass}
	}
	c.steps = append(c.steps, s)
	return nil
}

// output makes the tensor of an output; v is nil where nobody wants it. A value
// whose one destination lies outside, row-major, is computed there.
func (c *chooser) output(v *value, p kernel.Operand, s *step) *form {
	t := &form{value: v, shape: p.Shape, layout: p.Layout, bytes: p.Bytes, pass: s.pass}
	if v == nil {
		return t
	}
	if v.shape != nil {
		t.shape = v.shape // (N, C, 1, 1), where the kernel says (N, C)
	}
	if p.Layout == kernel.Plain && len(v.into) > 0 {
		t.outside, v.into = &v.into[0], v.into[1:]
	}
	v.forms = []*form{t}
	if p.Layout == kernel.Plain {
		v.host = t
	}
	return t
}

// inLayout is v in a layout: as it was computed, as reordered before in this pass,
// or by a reorder now. Reordered copies are not kept from one pass to the next:
// that would hold their memory all the time between.
func (c *chooser) inLayout(v *value, layout kernel.Layout, pass int) (*form, error) {
	for i, t := range v.forms {
		if t.layout == layout && (i == 0 || t.pass == pass) {
			return t, nil
		}
	}
	if len(v.forms) == 0 {
		return nil, core.Errorf(core.EIntern, "plan", v.name, "is read before it is computed")
	}
	t := &form{value: v, shape: v.shape, layout: layout, pass: pass}
	if err := c.reorder(v.forms[0], t, pass); err != nil {
		return nil, err
	}
	v.forms = append(v.forms, t)
	return t, nil
}

// reorder appends the step that copies from to to.
func (c *chooser) reorder(from, to *form, pass int) error {
	op := kernel.Reorder{Shape: from.shape}
	primitive, err := c.backend.Make(op, []kernel.Layout{from.layout, to.layout})
	if err != nil {
		return err
	}
	to.bytes = primitive.Operands()[1].Bytes
	s := &step{op: op, node: from.value.node, pass: pass, primitive: primitive, args: []*form{from, to}}
	if n := primitive.Scratch(); n > 0 {
		s.scratch = &form{bytes: n, pass: pass}
	}
	c.steps = append(c.steps, s)
	return nil
}

// deliver makes the row-major copies that the host or the caller's memory gets.
func (c *chooser) deliver(v *value, pass int) error {
	for i := range v.into {
		t := &form{value: v, shape: v.shape, layout: kernel.Plain, pass: pass, outside: &v.into[i]}
		if err := c.reorder(v.forms[0], t, pass); err != nil {
			return err
		}
		v.host = t
	}
	if !v.kept || v.host != nil {
		return nil
	}
	var err error
	v.host, err = c.inLayout(v, kernel.Plain, pass)
	return err
}

// layouts asks for the layouts of s's operands.
func (c *chooser) layouts(s *step) ([]kernel.Layout, error) {
	operands, err := s.op.Operands()
	if err != nil {
		return nil, err
	}
	wanted := make([]kernel.Layout, len(operands)) // Plain
	switch s.op.(type) {
	case kernel.ConvForward, kernel.ConvBackwardData, kernel.ConvBackwardWeights:
		for i := range wanted {
			wanted[i] = kernel.Any
		}
		return wanted, nil
	}
	follow := c.followed(s)
	for i, p := range operands {
		if len(p.Shape) == 4 {
			wanted[i] = follow
		}
	}
	// Layouts belong to a shape, and pooling changes it.
	switch s.op.(type) {
	case kernel.MaxPoolForward:
		wanted[1] = kernel.Any
	case kernel.MaxPoolBackward:
		wanted[0] = s.in[1].from.out[0].forms[0].layout
	}
	return wanted, nil
}

// followed is the layout of the pictures that s reads: of its first input, which
// is the forward pass's where there is one, or the first that is not row-major
// where inputs have equal rank.
func (c *chooser) followed(s *step) kernel.Layout {
	inputs := s.in
	switch s.op.(type) {
	case kernel.Sum, kernel.LinearForward, kernel.LinearBackwardData, kernel.LinearBackwardWeights:
	default:
		if s.like != nil {
			inputs = []*value{s.like}
		}
		inputs = inputs[:1]
	}
	for _, v := range inputs {
		if len(v.shape) == 4 && len(v.forms) > 0 && v.forms[0].layout != kernel.Plain {
			return v.forms[0].layout
		}
	}
	return kernel.Plain
}

func plainBytes(shape []int) int64 {
	n := int64(4)
	for _, d := range shape {
		n *= int64(d)
	}
	return n
}

// describe is the step's line in a profile.
func (s *step) describe(backend kernel.Backend) Call {
	call := Call{Pass: s.pass, Name: s.op.Name(), Flops: s.op.Flops()}
	if s.node != nil {
		call.Node = s.node.Name()
	}
	names := make([]string, 0, len(s.args))
	for i, p := range s.primitive.Operands() {
		call.Bytes += s.args[i].bytes
		if len(p.Shape) > 1 {
			names = append(names, fmt.Sprintf("%s %s %v", p.Name, backend.LayoutName(p.Layout), p.Shape))
		}
	}
	call.Layouts = strings.Join(slices.Compact(names), ", ")
	return call
}
