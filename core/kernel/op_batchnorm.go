package kernel

import "github.com/jumelle/jumelle/core"

func (b BatchNorm) check(op string) error {
	if err := positive(op, field{"N", b.N}, field{"C", b.C}, field{"H", b.H}, field{"W", b.W}); err != nil {
		return err
	}
	// Not a number fails too: every comparison with it is false.
	if !(b.Eps > 0) {
		return core.Invalid(op, "Eps", "want a positive number, got %v", b.Eps)
	}
	if _, parts := b.Part(); b.Parts < 0 || b.N%parts != 0 {
		return core.Invalid(op, "Parts", "want a number that divides N = %d, got %d", b.N, b.Parts)
	}
	return nil
}

// Part is the geometry of one part, and how many there are.
func (b BatchNorm) Part() (BatchNorm, int) {
	parts := max(1, b.Parts)
	b.N, b.Parts = b.N/parts, 0
	return b, parts
}

// statistics is the number of means, or of variances.
func (b BatchNorm) statistics() int { return max(1, b.Parts) * b.C }

// shape is (N, C) for vectors and (N, C, H, W) for pictures.
func (b BatchNorm) shape() []int {
	if b.H == 1 && b.W == 1 {
		return []int{b.N, b.C}
	}
	return []int{b.N, b.C, b.H, b.W}
}

func (b BatchNorm) size() float64 {
	return float64(b.N) * float64(b.C) * float64(b.H) * float64(b.W)
}

func (BatchNormForward) Name() string   { return "batch_norm_forward" }
func (BatchNormInference) Name() string { return "batch_norm_inference" }
func (BatchNormBackward) Name() string  { return "batch_norm_backward" }

// Flops counts mean (1 an element), variance (3), scale and shift (2).
func (o BatchNormForward) Flops() float64 { return 6 * o.size() }

// Flops counts a scale and a shift an element.
func (o BatchNormInference) Flops() float64 { return 2 * o.size() }

// Flops counts the two sums (1 and 3 an element) and the gradient (5).
func (o BatchNormBackward) Flops() float64 { return 9 * o.size() }

func (o BatchNormForward) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	return list(o.Name(), input("src", o.shape()...), input("gamma", o.C), input("beta", o.C),
		output("dst", o.shape()...), output("mean", o.statistics()), output("var", o.statistics()), output("workspace"))
}

func (o BatchNormInference) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	return list(o.Name(), input("src", o.shape()...), input("gamma", o.C), input("beta", o.C),
		input("mean", o.statistics()), input("var", o.statistics()), output("dst", o.shape()...))
}

func (o BatchNormBackward) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	return list(o.Name(), input("src", o.shape()...), input("mean", o.statistics()), input("var", o.statistics()), input("gamma", o.C),
		input("dst_grad", o.shape()...), input("workspace"),
		output("src_grad", o.shape()...), output("gamma_grad", o.C), output("beta_grad", o.C))
}
