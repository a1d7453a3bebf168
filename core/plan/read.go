package plan

import (
	"fmt"
	"slices"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/kernel"
	"gorgonia.org/gorgonia"
)

// value is something the steps compute or are given, before layouts are chosen.
// A workspace has no node and no shape.
type value struct {
	node  *graph.Node
	name  string
	shape []int
	from  *step // nil for inputs
	given bool  // comes from outside
	kept  bool  // the host reads it

	outside *kernel.Memory  // where a bound input lies
	into    []kernel.Memory // where copies go

	// Filled by choose: host is the row-major form the host sees, forms[0] the
	// one it was computed in.
	host  *form
	forms []*form
}

// step is one kernel operation, or one of gorgonia's. in and out are in the
// order of the kernel's operands; out entries nobody needs are nil.
type step struct {
	op      kernel.Op
	node    *graph.Node // the first of its nodes
	pass    int
	in, out []*value
	like    *value // decides the layout where no input does: a pooling's source
	foreign *foreign

	// Filled by choose and place.
	primitive kernel.Primitive
	args      []*form // in the order of the primitive's operands
	scratch   *form
}

// reading is a graph as steps in running order.
type reading struct {
	spec   Spec
	steps  []*step
	values map[*graph.Node]*value
	order  []*value // given ones first, then as computed
}

// read walks the graph from what is wanted. Nodes run in the order in which they
// were made, which is topological; a layer's derivatives were made together, so
// what they read is freed early. Sorting by gorgonia.Sort would not keep that.
func read(spec Spec) (*reading, error) {
	r := &reading{spec: spec, values: map[*graph.Node]*value{}}
	given := func(n *graph.Node) *value {
		v := &value{node: n, name: n.Name(), shape: n.Shape(), given: true}
		r.values[n] = v
		r.order = append(r.order, v)
		return v
	}
	second := map[*graph.Node]bool{}
	for _, n := range spec.Inputs {
		given(n)
	}
	for _, n := range spec.Upstream {
		given(n)
		second[n] = true
	}
	var wanted []*graph.Node
	wanted = append(wanted, spec.Outputs...)
	for _, into := range spec.Into {
		wanted = append(wanted, into.Node)
	}
	nodes := map[*graph.Node]bool{}
	for len(wanted) > 0 {
		n := wanted[len(wanted)-1]
		wanted = wanted[:len(wanted)-1]
		if n == nil {
			return nil, core.Invalid("plan", "outputs", "want nodes, got nil")
		}
		if !nodes[n] {
			nodes[n] = true
			wanted = append(wanted, graph.Inputs(n)...)
		}
	}
	ordered := make([]*graph.Node, 0, len(nodes))
	for n := range nodes {
		ordered = append(ordered, n)
	}
	slices.SortFunc(ordered, func(a, b *graph.Node) int { return int(a.ID() - b.ID()) })
	groups := map[string]*step{}
	for _, n := range ordered {
		inputs := graph.Inputs(n)
		if m, ok := spec.Bound[n]; ok && r.values[n] == nil {
			given(n).outside = &m
		}
		if r.values[n] != nil {
			continue
		}
		for _, in := range inputs {
			second[n] = second[n] || second[in]
		}
		if err := r.add(n, inputs, second[n], groups); err != nil {
			return nil, err
		}
	}
	for _, n := range spec.Outputs {
		r.values[n].kept = true
	}
	for _, into := range spec.Into {
		v := r.values[into.Node]
		v.into = append(v.into, into.Memory)
	}
	slices.SortStableFunc(r.steps, func(a, b *step) int { return a.pass - b.pass })
	return r, nil
}

// add makes the step of n, or makes n an output of the step of its siblings.
func (r *reading) add(n *graph.Node, inputs []*graph.Node, second bool, groups map[string]*step) error {
	if n.Op() == nil {
		return core.Invalid("plan", n.Name(), "want a value for every input, got none for this one")
	}
	v := &value{node: n, name: n.Name(), shape: n.Shape()}
	if c, ok := n.Op().(interface{ Value() gorgonia.Value }); ok && len(inputs) == 0 {
		v.given = true // a constant: only foreign operations read them
		_ = c
		r.values[n] = v
		return nil
	}
	in := make([]*value, len(inputs))
	for i, m := range inputs {
		in[i] = r.values[m]
	}
	s := &step{node: n, in: in, out: []*value{v}}
	if second {
		s.pass = 1
	}
	r.values[n] = v
	switch op := n.Op().(type) {
	case graph.Op:
		key := fmt.Sprintf("%T%+v", op.Kernel, op.Kernel)
		for _, m := range inputs {
			key += fmt.Sprintf(",%d", m.ID())
		}
		first := groups[key]
		if first == nil {
			groups[key] = s
			first = s
			if err := r.bind(s, op); err != nil {
				return err
			}
		}
		v.from = first
		first.out[outputIndex(op.Kernel, op.Output)] = v
		if first != s {
			r.order = append(r.order, v)
			return nil
		}
	default:
		v.from = s
		if isAdd(n, inputs) {
			s.op = kernel.Sum{Shape: n.Shape(), Inputs: 2}
		} else {
			s.foreign = &foreign{op: n.Op(), node: n, inputs: inputs}
		}
	}
	r.steps = append(r.steps, s)
	r.order = append(r.order, v)
	return nil
}

// bind gives a step of our operation its inputs in the order of the kernel's
// operands, with the workspace that the forward step fills.
func (r *reading) bind(s *step, op graph.Op) error {
	operands, err := op.Kernel.Operands()
	if err != nil {
		return err
	}
	s.op = op.Kernel
	in := s.in
	s.in, s.out = nil, nil
	switch op.Kernel.(type) {
	case kernel.MaxPoolBackward, kernel.GlobalAvgPoolBackward:
		s.like, in = in[0], in[1:]
	}
	for _, p := range operands {
		switch {
		case p.Output && p.Shape == nil:
			s.out = append(s.out, &value{name: p.Name, from: s})
		case p.Output:
			s.out = append(s.out, nil)
		case p.Shape == nil:
			s.in = append(s.in, nil)
		default:
			s.in, in = append(s.in, in[0]), in[1:]
		}
	}
	if k, ok := op.Kernel.(kernel.MaxPoolBackward); ok {
		for _, f := range r.steps {
			if f.op == kernel.Op(kernel.MaxPoolForward(k)) && f.in[0] == s.like {
				s.in[1] = f.out[1]
			}
		}
		if s.in[1] == nil {
			return core.Invalid("plan", s.node.Name(), "want the forward pass of this pooling in the same plan")
		}
	}
	return nil
}

// outputIndex is the place of the output of that name among k's outputs.
func outputIndex(k kernel.Op, name string) int {
	operands, _ := k.Operands()
	i := 0
	for _, p := range operands {
		if p.Output && p.Name == name {
			return i
		}
		if p.Output {
			i++
		}
	}
	return -1 // graph.Op checked it when it was built
}

// isAdd recognises gorgonia's addition of two tensors of one shape, which is what
// gorgonia.Grad joins the gradients of a value with several readers by.
func isAdd(n *graph.Node, inputs []*graph.Node) bool {
	_, binary := n.Op().(gorgonia.BinaryOp)
	return binary && n.Op().String() == "+ false" && n.Dtype() == gorgonia.Float32 && len(n.Shape()) > 0 &&
		len(inputs) == 2 && inputs[0].Shape().Eq(n.Shape()) && inputs[1].Shape().Eq(n.Shape())
}
