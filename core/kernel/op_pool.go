package kernel

import "github.com/jumelle/jumelle/core"

func (p Pool) check(op string) error {
	if err := positive(op, field{"N", p.N}, field{"C", p.C}, field{"H", p.H}, field{"W", p.W},
		field{"Size", p.Size}, field{"Stride", p.Stride}); err != nil {
		return err
	}
	// Then every window holds at least one element of the picture.
	if p.Pad < 0 || p.Pad > p.Size/2 {
		return core.Invalid(op, "Pad", "want 0 to %d (half the window), got %d", p.Size/2, p.Pad)
	}
	// A workspace may keep places within a window as bytes.
	if p.Size > 15 {
		return core.Invalid(op, "Size", "want at most 15, got %d", p.Size)
	}
	// Or as the index in a plane, which a float32 holds exactly.
	if p.H > 1<<12 || p.W > 1<<12 {
		return core.Invalid(op, "H", "want pictures of at most 4096 x 4096, got %d x %d", p.H, p.W)
	}
	return windows(op, "Size", min(p.H, p.W), p.Size, p.Pad)
}

func (p Pool) src() []int { return []int{p.N, p.C, p.H, p.W} }
func (p Pool) dst() []int { return []int{p.N, p.C, p.OutH(), p.OutW()} }

func (MaxPoolForward) Name() string        { return "max_pool_forward" }
func (MaxPoolBackward) Name() string       { return "max_pool_backward" }
func (GlobalAvgPoolForward) Name() string  { return "global_avg_pool_forward" }
func (GlobalAvgPoolBackward) Name() string { return "global_avg_pool_backward" }

// Flops is 0: comparisons are not counted.
func (MaxPoolForward) Flops() float64  { return 0 }
func (MaxPoolBackward) Flops() float64 { return 0 }

// Flops counts one addition an element.
func (o GlobalAvgPoolForward) Flops() float64 {
	return float64(o.N) * float64(o.C) * float64(o.H) * float64(o.W)
}

// Flops is 0: the pass copies.
func (GlobalAvgPoolBackward) Flops() float64 { return 0 }

func (o MaxPoolForward) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	return list(o.Name(), input("src", o.src()...), output("dst", o.dst()...), output("workspace"))
}

func (o MaxPoolBackward) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	return list(o.Name(), input("dst_grad", o.dst()...), input("workspace"), output("src_grad", o.src()...))
}

func (o GlobalAvgPoolForward) Operands() ([]Operand, error) {
	return list(o.Name(), input("src", o.N, o.C, o.H, o.W), output("dst", o.N, o.C))
}

func (o GlobalAvgPoolBackward) Operands() ([]Operand, error) {
	return list(o.Name(), input("dst_grad", o.N, o.C), output("src_grad", o.N, o.C, o.H, o.W))
}
