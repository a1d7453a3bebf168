package plan

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// foreign is an operation of gorgonia's own that no kernel does. It runs through
// its Do between two programs, on copies of its inputs: right, not fast.
type foreign struct {
	op     gorgonia.Op
	node   *graph.Node
	inputs []*graph.Node
	in     []kernel.Memory
	out    kernel.Memory
}

// chooseForeign gives a foreign step row-major arguments.
func (c *chooser) chooseForeign(s *step) error {
	for i, v := range s.in {
		if n := s.foreign.inputs[i]; n.Dtype() != gorgonia.Float32 {
			return core.Errorf(core.EDtype, "plan", n.Name(), "want float32, got %v", n.Dtype())
		}
		if len(v.forms) == 0 { // a constant: its node holds it
			s.args = append(s.args, &form{value: v})
			continue
		}
		t, err := c.inLayout(v, kernel.Plain, s.pass)
		if err != nil {
			return err
		}
		s.args = append(s.args, t)
	}
	v := s.out[0]
	if s.foreign.node.Dtype() != gorgonia.Float32 {
		return core.Errorf(core.EDtype, "plan", v.name, "want float32, got %v", s.foreign.node.Dtype())
	}
	t := c.output(v, kernel.Operand{Shape: v.shape, Bytes: plainBytes(v.shape), Output: true}, s)
	s.args = append(s.args, t)
	c.steps = append(c.steps, s)
	return nil
}

// bind gives the operation the places of its arguments.
func (f *foreign) bind(arena kernel.Arena, s *step) {
	last := len(s.args) - 1
	for _, t := range s.args[:last] {
		f.in = append(f.in, t.memory(arena))
	}
	f.out = s.args[last].memory(arena)
}

func (f *foreign) run() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = core.Errorf(core.EIntern, "plan", f.node.Name(), "panic: %v", r)
		}
	}()
	values := make([]gorgonia.Value, len(f.in))
	for i, m := range f.in {
		n := f.inputs[i]
		if m.Arena == nil {
			values[i] = n.Value()
			continue
		}
		data := make([]float32, plainBytes(n.Shape())/4)
		m.Arena.CopyOut(data, m.Offset)
		if len(n.Shape()) == 0 {
			values[i] = gorgonia.NewF32(data[0])
		} else {
			values[i] = tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(data))
		}
	}
	result, err := f.op.Do(values...)
	if err != nil {
		return &core.Error{Code: core.EIntern, Op: "plan", Argument: f.node.Name(), Err: err}
	}
	data, ok := result.Data().([]float32)
	if scalar, is := result.Data().(float32); is {
		data, ok = []float32{scalar}, true
	}
	want := int(plainBytes(f.node.Shape()) / 4)
	if t, is := result.(tensor.Tensor); !ok || len(data) < want || is && t.RequiresIterator() {
		return core.Errorf(core.EIntern, "plan", f.node.Name(), "want %d contiguous elements, got %v", want, result.Shape())
	}
	f.out.Arena.CopyIn(f.out.Offset, data[:want])
	return nil
}
