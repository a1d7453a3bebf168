package kernel

import (
	"slices"

	"github.com/jumelle/jumelle/core"
)

func elements(shape []int) float64 {
	n := 1.0
	for _, d := range shape {
		n *= float64(d)
	}
	return n
}

// shaped clones shape, so that a caller's later change does no harm. Only one to
// four dimensions have meaning here.
func shaped(op string, shape []int) ([]int, error) {
	if len(shape) < 1 || len(shape) > 4 {
		return nil, core.Errorf(core.EShape, op, "Shape", "want 1 to 4 dimensions, got %v", shape)
	}
	return slices.Clone(shape), nil
}

func (Sum) Name() string          { return "sum" }
func (ReLU) Name() string         { return "relu" }
func (ReLUBackward) Name() string { return "relu_backward" }
func (Reorder) Name() string      { return "reorder" }

// Flops counts the additions.
func (o Sum) Flops() float64 { return float64(o.Inputs-1) * elements(o.Shape) }

// Flops is 0: comparisons and copies are not counted.
func (ReLU) Flops() float64         { return 0 }
func (ReLUBackward) Flops() float64 { return 0 }
func (Reorder) Flops() float64      { return 0 }

// sumNames are fixed strings: the operands of a Sum are made often.
var sumNames = [MaxSumInputs]string{"src0", "src1", "src2", "src3", "src4", "src5", "src6", "src7"}

// MaxSumInputs bounds Sum.Inputs.
const MaxSumInputs = 8

func (o Sum) Operands() ([]Operand, error) {
	if o.Inputs < 2 || o.Inputs > MaxSumInputs {
		return nil, core.Invalid(o.Name(), "Inputs", "want 2 to %d, got %d", MaxSumInputs, o.Inputs)
	}
	shape, err := shaped(o.Name(), o.Shape)
	if err != nil {
		return nil, err
	}
	operands := make([]Operand, 0, o.Inputs+1)
	for i := range o.Inputs {
		operands = append(operands, input(sumNames[i], shape...))
	}
	return list(o.Name(), append(operands, output("dst", shape...))...)
}

func (o ReLU) Operands() ([]Operand, error) {
	shape, err := shaped(o.Name(), o.Shape)
	if err != nil {
		return nil, err
	}
	return list(o.Name(), input("src", shape...), output("dst", shape...))
}

func (o ReLUBackward) Operands() ([]Operand, error) {
	shape, err := shaped(o.Name(), o.Shape)
	if err != nil {
		return nil, err
	}
	return list(o.Name(), input("dst", shape...), input("dst_grad", shape...), output("src_grad", shape...))
}

func (o Reorder) Operands() ([]Operand, error) {
	shape, err := shaped(o.Name(), o.Shape)
	if err != nil {
		return nil, err
	}
	return list(o.Name(), input("src", shape...), output("dst", shape...))
}
