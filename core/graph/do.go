package graph

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/kernel/portable"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Do computes the output on tensors with the portable kernels: a primitive, an
// arena and a program made for one run. It is what gorgonia's machines call; a
// panic there would end the process, so none leaves it.
func (o Op) Do(values ...gorgonia.Value) (result gorgonia.Value, err error) {
	err = guarded(o.Kernel.Name(), func() error {
		result, err = o.do(values)
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

func (o Op) do(values []gorgonia.Value) (gorgonia.Value, error) {
	shapes := make([]tensor.Shape, len(values))
	for i, v := range values {
		if v != nil {
			shapes[i] = v.Shape()
		}
	}
	shape, err := o.infer(shapes)
	if err != nil {
		return nil, err
	}
	inputs := map[string][]float32{}
	operands, _ := o.Operands()
	for i, in := range operands {
		if inputs[in.Name], err = floats(o.Kernel.Name(), in.Name, values, i); err != nil {
			return nil, err
		}
	}
	ops := []kernel.Op{o.Kernel}
	if k, ok := o.Kernel.(kernel.MaxPoolBackward); ok {
		ops = []kernel.Op{kernel.MaxPoolForward(k), k} // the first fills the workspace
	}
	out := make([]float32, shape.TotalSize())
	if err := run(ops, inputs, o.Output, out); err != nil {
		return nil, err
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(out)), nil
}

// run runs ops one after the other. Operands of one name are one memory; inputs
// are copied to those of their names, out from the one called output.
func run(ops []kernel.Op, inputs map[string][]float32, output string, out []float32) error {
	backend, err := portable.New(0)
	if err != nil {
		return err
	}
	var calls []kernel.Call
	places, size := map[string]int64{}, int64(0)
	place := func(bytes int64) int64 {
		at := size
		size += (bytes + kernel.Alignment - 1) / kernel.Alignment * kernel.Alignment
		return at
	}
	for _, op := range ops {
		operands, err := op.Operands()
		if err != nil {
			return err
		}
		primitive, err := backend.Make(op, make([]kernel.Layout, len(operands))) // all Plain
		if err != nil {
			return err
		}
		call := kernel.Call{Primitive: primitive, Scratch: kernel.Memory{Offset: place(primitive.Scratch())}}
		for _, p := range primitive.Operands() {
			if _, ok := places[p.Name]; !ok {
				places[p.Name] = place(p.Bytes)
			}
			call.Args = append(call.Args, kernel.Memory{Offset: places[p.Name]})
		}
		calls = append(calls, call)
	}
	arena, err := backend.NewArena(max(size, kernel.Alignment))
	if err != nil {
		return err
	}
	defer arena.Free()
	for _, c := range calls {
		for i := range c.Args {
			c.Args[i].Arena = arena
		}
	}
	for i := range calls {
		calls[i].Scratch.Arena = arena
	}
	for name, values := range inputs {
		if at, ok := places[name]; ok {
			arena.CopyIn(at, values)
		}
	}
	program, err := backend.NewProgram(calls)
	if err != nil {
		return err
	}
	defer program.Free()
	if err := program.Run(); err != nil {
		return err
	}
	arena.CopyOut(out, places[output])
	return nil
}

// floats is the elements of value i in row-major order.
func floats(op, argument string, values []gorgonia.Value, i int) ([]float32, error) {
	if i >= len(values) || values[i] == nil {
		return nil, core.Invalid(op, argument, "want a value, got none")
	}
	data, ok := values[i].Data().([]float32)
	if !ok {
		return nil, core.Errorf(core.EDtype, op, argument, "want float32, got %v", values[i].Dtype())
	}
	if t, ok := values[i].(tensor.Tensor); ok && t.RequiresIterator() {
		return nil, core.Invalid(op, argument, "want contiguous elements, got a view of shape %v", t.Shape())
	}
	return data, nil
}
