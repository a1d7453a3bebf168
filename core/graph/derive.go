package graph

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"gorgonia.org/gorgonia"
)

// DiffWRT says for which inputs SymDiff has a derivative. Derivatives themselves,
// statistics and normalisation by given statistics have none.
func (o Op) DiffWRT(inputs int) []bool {
	wrt := make([]bool, inputs)
	switch o.Kernel.(type) {
	case kernel.ConvForward, kernel.LinearForward, kernel.Sum, kernel.ReLU,
		kernel.MaxPoolForward, kernel.GlobalAvgPoolForward:
	case kernel.BatchNormForward:
		if o.Output != "dst" {
			return wrt
		}
	default:
		return wrt
	}
	for i := range wrt {
		wrt[i] = true
	}
	return wrt
}

// SymDiff appends the derivatives with respect to the inputs, given grad, that
// with respect to the output. Derivatives of weights come before those of the
// source: a plan runs nodes in the order in which they were made, and a weight's
// derivative is the last reader of a layer's input, so its memory is free for
// the source's derivative.
func (o Op) SymDiff(inputs gorgonia.Nodes, output, grad *Node) (gorgonia.Nodes, error) {
	d := derivation{}
	var out gorgonia.Nodes
	switch k := o.Kernel.(type) {
	case kernel.ConvForward:
		x, w := inputs[0], inputs[1]
		dw := d.apply(kernel.ConvBackwardWeights(k), "weights_grad", x, grad)
		out = gorgonia.Nodes{d.apply(kernel.ConvBackwardData(k), "src_grad", grad, w), dw}
	case kernel.LinearForward:
		x, w := inputs[0], inputs[1]
		out = gorgonia.Nodes{nil, d.apply(kernel.LinearBackwardWeights(k), "weights_grad", x, grad)}
		if k.Bias {
			out = append(out, d.apply(kernel.LinearBackwardWeights(k), "bias_grad", x, grad))
		}
		k.Bias = false
		out[0] = d.apply(kernel.LinearBackwardData(k), "src_grad", grad, w)
	case kernel.BatchNormForward:
		x, gamma := inputs[0], inputs[1]
		mean, variance := d.apply(k, "mean", inputs...), d.apply(k, "var", inputs...)
		for _, name := range [...]string{"src_grad", "gamma_grad", "beta_grad"} {
			out = append(out, d.apply(kernel.BatchNormBackward(k), name, x, mean, variance, gamma, grad))
		}
	case kernel.ReLU:
		out = gorgonia.Nodes{d.apply(kernel.ReLUBackward(k), "src_grad", output, grad)}
	case kernel.Sum:
		for range inputs {
			out = append(out, grad)
		}
	case kernel.MaxPoolForward:
		out = gorgonia.Nodes{d.apply(kernel.MaxPoolBackward(k), "src_grad", inputs[0], grad)}
	case kernel.GlobalAvgPoolForward:
		out = gorgonia.Nodes{d.apply(kernel.GlobalAvgPoolBackward(k), "src_grad", inputs[0], grad)}
	default:
		return nil, core.Errorf(core.EIntern, o.Kernel.Name(), "", "has no derivative")
	}
	return out, d.err
}

// derivation keeps the first error of several applications.
type derivation struct{ err error }

func (d *derivation) apply(k kernel.Op, output string, inputs ...*Node) *Node {
	if d.err != nil {
		return nil
	}
	var node *Node
	node, d.err = apply(k, output, inputs...)
	return node
}
