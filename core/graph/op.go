package graph

import (
	"fmt"
	"hash"
	"hash/fnv"
	"slices"

	"github.com/chewxy/hm"
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Op is one output of a kernel operation, as gorgonia sees it (its Op and SDOp
// interfaces). Nodes with the same kernel operation and the same inputs are
// outputs of one run: core/plan makes one call of them. It is a pure function of
// its inputs: state such as a workspace exists only in a plan.
type Op struct {
	Kernel kernel.Op
	Output string // the operand's name: "dst", "mean", "weights_grad"
}

// Operand is one input of an Op.
type Operand struct {
	Name  string
	Shape []int
	// Read is false where only the shape counts once a workspace holds what the
	// forward pass knew: the source of a pooling's derivative.
	Read bool
}

// Operands lists the inputs of the node in order: the kernel's inputs without
// workspaces, and for the derivatives of poolings first the pooled source.
func (o Op) Operands() ([]Operand, error) {
	all, err := o.Kernel.Operands()
	if err != nil {
		return nil, err
	}
	list := make([]Operand, 0, len(all))
	if o.pooling() {
		i := slices.IndexFunc(all, func(p kernel.Operand) bool { return p.Name == "src_grad" })
		list = append(list, Operand{Name: "src", Shape: all[i].Shape})
	}
	for _, p := range all {
		if !p.Output && p.Shape != nil {
			list = append(list, Operand{p.Name, p.Shape, true})
		}
	}
	return list, nil
}

// pooling: the node also takes what was pooled.
func (o Op) pooling() bool {
	switch o.Kernel.(type) {
	case kernel.MaxPoolBackward, kernel.GlobalAvgPoolBackward:
		return true
	}
	return false
}

// follows: the operand has the shape of the normalised tensor, which is (N, C)
// for the kernel where a picture is one pixel, and (N, C, 1, 1) in the graph.
func (o Op) follows(operand string) bool {
	switch o.Kernel.(type) {
	case kernel.BatchNormForward, kernel.BatchNormInference, kernel.BatchNormBackward:
		return operand == "src" || operand == "dst" || operand == "dst_grad" || operand == "src_grad"
	}
	return false
}

// infer is the shape of the output, or an error that names op and argument.
func (o Op) infer(shapes []tensor.Shape) (tensor.Shape, error) {
	inputs, err := o.Operands()
	if err != nil {
		return nil, err
	}
	name := o.Kernel.Name()
	if len(shapes) != len(inputs) {
		return nil, core.Invalid(name, "inputs", "want %d, got %d", len(inputs), len(shapes))
	}
	for i, in := range inputs {
		got := []int(shapes[i])
		if slices.Equal(got, in.Shape) || o.follows(in.Name) && onePixel(got, in.Shape) && slices.Equal(got, shapes[0]) {
			continue
		}
		return nil, core.Errorf(core.EShape, name, in.Name, "want shape %s, got %s", shapeText(in.Shape), shapeText(got))
	}
	all, _ := o.Kernel.Operands()
	for _, p := range all {
		if p.Output && p.Shape != nil && p.Name == o.Output {
			if o.follows(p.Name) {
				return shapes[0].Clone(), nil
			}
			return tensor.Shape(slices.Clone(p.Shape)), nil
		}
	}
	return nil, core.Errorf(core.EIntern, name, "output", "there is no output %q", o.Output)
}

// onePixel: got is (N, C, 1, 1) and want (N, C).
func onePixel(got, want []int) bool {
	return len(want) == 2 && len(got) == 4 && got[2] == 1 && got[3] == 1 && slices.Equal(got[:2], want)
}

// What follows is gorgonia's Op interface.

// Arity is the number of inputs.
func (o Op) Arity() int {
	inputs, _ := o.Operands()
	return len(inputs)
}

// Type says which dimensions go in and come out; a normalised tensor may be a
// matrix or pictures, so its type is a variable.
func (o Op) Type() hm.Type {
	all, _ := o.Kernel.Operands()
	inputs, _ := o.Operands()
	of := func(name string, shape []int) hm.Type {
		if o.follows(name) {
			return hm.TypeVariable('a')
		}
		return gorgonia.TensorType{Dims: len(shape), Of: gorgonia.Float32}
	}
	types := make([]hm.Type, 0, len(inputs)+1)
	for _, in := range inputs {
		types = append(types, of(in.Name, in.Shape))
	}
	for _, p := range all {
		if p.Output && p.Name == o.Output {
			types = append(types, of(p.Name, p.Shape))
		}
	}
	return hm.NewFnType(types...)
}

// InferShape checks the inputs' shapes and returns the output's.
func (o Op) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	shapes, err := gorgonia.DimSizersToShapes(sizers)
	if err != nil {
		return nil, err
	}
	return o.infer(shapes)
}

// ReturnsPtr is false: the output is a tensor of its own.
func (o Op) ReturnsPtr() bool { return false }

// CallsExtern is false: Do runs on the portable kernels.
func (o Op) CallsExtern() bool { return false }

// OverwritesInput is -1: Do writes to none of its inputs.
func (o Op) OverwritesInput() int { return -1 }

// WriteHash writes every parameter: gorgonia takes nodes of one hash for one.
func (o Op) WriteHash(h hash.Hash) { fmt.Fprintf(h, "%T%+v.%s", o.Kernel, o.Kernel, o.Output) }

// Hashcode is WriteHash in 32 bits.
func (o Op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func (o Op) String() string { return o.Kernel.Name() + "." + o.Output }
