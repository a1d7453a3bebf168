package kernel

import "github.com/jumelle/jumelle/core"

func (c Conv) check(op string) error {
	if err := positive(op, field{"N", c.N}, field{"C", c.C}, field{"H", c.H}, field{"W", c.W},
		field{"K", c.K}, field{"R", c.R}, field{"S", c.S}, field{"Stride", c.Stride}); err != nil {
		return err
	}
	// A padding as large as the window would make outputs that see no input.
	if c.Pad < 0 || c.Pad >= min(c.R, c.S) {
		return core.Invalid(op, "Pad", "want 0 to %d (less than the window), got %d", min(c.R, c.S)-1, c.Pad)
	}
	if err := windows(op, "R", c.H, c.R, c.Pad); err != nil {
		return err
	}
	return windows(op, "S", c.W, c.S, c.Pad)
}

func (c Conv) src() []int     { return []int{c.N, c.C, c.H, c.W} }
func (c Conv) weights() []int { return []int{c.K, c.C, c.R, c.S} }
func (c Conv) dst() []int     { return []int{c.N, c.K, c.OutH(), c.OutW()} }

// Flops is the same for the three passes.
func (c Conv) Flops() float64 {
	return 2 * float64(c.N) * float64(c.K) * float64(c.OutH()) * float64(c.OutW()) * float64(c.C) * float64(c.R) * float64(c.S)
}

func (ConvForward) Name() string         { return "conv_forward" }
func (ConvBackwardData) Name() string    { return "conv_backward_data" }
func (ConvBackwardWeights) Name() string { return "conv_backward_weights" }

func (o ConvForward) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	return list(o.Name(), input("src", o.src()...), input("weights", o.weights()...), output("dst", o.dst()...))
}

func (o ConvBackwardData) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	return list(o.Name(), input("dst_grad", o.dst()...), input("weights", o.weights()...), output("src_grad", o.src()...))
}

func (o ConvBackwardWeights) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	return list(o.Name(), input("src", o.src()...), input("dst_grad", o.dst()...), output("weights_grad", o.weights()...))
}
