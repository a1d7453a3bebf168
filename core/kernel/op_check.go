package kernel

import (
	"math/bits"

	"github.com/jumelle/jumelle/core"
)

// maxElements bounds every tensor, so that no product of sizes, offsets in bytes
// or 32-bit count in a kernel library overflows.
const maxElements = 1 << 31

// field is a named size of an operation, for checks that name what is wrong.
type field struct {
	name  string
	value int
}

// positive fails on the first field that is below 1.
func positive(op string, fields ...field) error {
	for _, f := range fields {
		if f.value < 1 {
			return core.Invalid(op, f.name, "want at least 1, got %d", f.value)
		}
	}
	return nil
}

// Elements is the product of shape, or an error where it is too large or a size
// is not positive. An empty shape has one element.
func Elements(op, operand string, shape []int) (int, error) {
	n := uint64(1)
	for _, d := range shape {
		if d < 1 {
			return 0, core.Errorf(core.EShape, op, operand, "want sizes of at least 1, got %v", shape)
		}
		hi, lo := bits.Mul64(n, uint64(d))
		if hi != 0 || lo > maxElements {
			return 0, core.Errorf(core.EShape, op, operand, "want at most %d elements, got shape %v", maxElements, shape)
		}
		n = lo
	}
	return int(n), nil
}

// input and output make operands; list checks their sizes and fills Bytes. An
// opaque operand (a workspace) has no shape; only the backend knows its bytes.
func input(name string, shape ...int) Operand { return Operand{Name: name, Shape: shape} }
func output(name string, shape ...int) Operand {
	return Operand{Name: name, Shape: shape, Output: true}
}

func list(op string, operands ...Operand) ([]Operand, error) {
	for i := range operands {
		o := &operands[i]
		if o.Shape == nil {
			continue
		}
		n, err := Elements(op, o.Name, o.Shape)
		if err != nil {
			return nil, err
		}
		o.Bytes = int64(n) * 4
	}
	return operands, nil
}

// windows checks that a window of size along a side of length fits at least once.
func windows(op, argument string, length, size, pad int) error {
	if length+2*pad < size {
		return core.Invalid(op, argument, "want a window of at most %d (side %d, padding %d), got %d", length+2*pad, length, pad, size)
	}
	return nil
}
