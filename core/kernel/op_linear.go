package kernel

func (l Linear) check(op string) error {
	return positive(op, field{"N", l.N}, field{"In", l.In}, field{"Out", l.Out})
}

// Flops is the same for the three passes; the bias is not counted.
func (l Linear) Flops() float64 { return 2 * float64(l.N) * float64(l.In) * float64(l.Out) }

func (LinearForward) Name() string         { return "linear_forward" }
func (LinearBackwardData) Name() string    { return "linear_backward_data" }
func (LinearBackwardWeights) Name() string { return "linear_backward_weights" }

func (o LinearForward) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	operands := []Operand{input("src", o.N, o.In), input("weights", o.Out, o.In)}
	if o.Bias {
		operands = append(operands, input("bias", o.Out))
	}
	return list(o.Name(), append(operands, output("dst", o.N, o.Out))...)
}

func (o LinearBackwardData) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	return list(o.Name(), input("dst_grad", o.N, o.Out), input("weights", o.Out, o.In), output("src_grad", o.N, o.In))
}

func (o LinearBackwardWeights) Operands() ([]Operand, error) {
	if err := o.check(o.Name()); err != nil {
		return nil, err
	}
	operands := []Operand{input("src", o.N, o.In), input("dst_grad", o.N, o.Out), output("weights_grad", o.Out, o.In)}
	if o.Bias {
		operands = append(operands, output("bias_grad", o.Out))
	}
	return list(o.Name(), operands...)
}
