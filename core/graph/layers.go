package graph

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
)

// dims fails unless n has as many dimensions as names, which tell the reader of
// the error what they mean.
func (b *Graph) dims(op, argument string, n *Node, names ...string) []int {
	if b.err != nil {
		return nil
	}
	if n == nil {
		b.fail(core.Invalid(op, argument, "want a node, got nil"))
		return nil
	}
	shape := n.Shape()
	if len(shape) != len(names) {
		want := "("
		for i, name := range names {
			if i > 0 {
				want += ", "
			}
			want += name
		}
		b.fail(core.Errorf(core.EShape, op, argument, "want shape %s), got %s", want, shapeText(shape)))
		return nil
	}
	return shape
}

// Conv is a two-dimensional convolution without bias: x (N, C, H, W), weights
// (K, C, R, S) -> (N, K, H', W').
func (b *Graph) Conv(x, weights *Node, stride, pad int) *Node {
	s := b.dims("conv", "x", x, "N", "C", "H", "W")
	w := b.dims("conv", "weights", weights, "K", "C", "R", "S")
	if b.err != nil {
		return nil
	}
	return b.add(kernel.ConvForward{Conv: kernel.Conv{
		N: s[0], C: s[1], H: s[2], W: s[3], K: w[0], R: w[2], S: w[3], Stride: stride, Pad: pad,
	}}, "dst", x, weights)
}

// Statistics are a batch's mean and biased variance per channel, (C) each; of a
// batch in parts those of part after part, (parts·C).
type Statistics struct{ Mean, Var *Node }

// BatchNorm normalises x, (N, C, H, W) or (N, C), by the statistics of the batch,
// which it returns too, then scales by gamma and shifts by beta, (C) each. Each of
// so many equal parts of the batch is normalised by statistics of its own.
func (b *Graph) BatchNorm(x, gamma, beta *Node, eps float32, parts int) (*Node, Statistics) {
	k := kernel.BatchNormForward{BatchNorm: b.norm(x, eps)}
	k.Parts = parts
	y := b.add(k, "dst", x, gamma, beta)
	return y, Statistics{b.add(k, "mean", x, gamma, beta), b.add(k, "var", x, gamma, beta)}
}

// BatchNormInference is BatchNorm by given statistics. It has no derivative.
func (b *Graph) BatchNormInference(x, gamma, beta *Node, by Statistics, eps float32) *Node {
	return b.add(kernel.BatchNormInference{BatchNorm: b.norm(x, eps)}, "dst", x, gamma, beta, by.Mean, by.Var)
}

func (b *Graph) norm(x *Node, eps float32) kernel.BatchNorm {
	if b.err == nil && x != nil && len(x.Shape()) == 2 {
		return kernel.BatchNorm{N: x.Shape()[0], C: x.Shape()[1], H: 1, W: 1, Eps: eps}
	}
	s := b.dims("batch_norm", "x", x, "N", "C", "H", "W")
	if b.err != nil {
		return kernel.BatchNorm{}
	}
	return kernel.BatchNorm{N: s[0], C: s[1], H: s[2], W: s[3], Eps: eps}
}

// ReLU is max(x, 0).
func (b *Graph) ReLU(x *Node) *Node {
	if b.err != nil || x == nil {
		return b.missing("relu", "x")
	}
	return b.add(kernel.ReLU{Shape: x.Shape()}, "dst", x)
}

// Add is x + y, of one shape.
func (b *Graph) Add(x, y *Node) *Node {
	if b.err != nil || x == nil {
		return b.missing("add", "x")
	}
	return b.add(kernel.Sum{Shape: x.Shape(), Inputs: 2}, "dst", x, y)
}

func (b *Graph) missing(op, argument string) *Node {
	return b.fail(core.Invalid(op, argument, "want a node, got nil"))
}

// MaxPool takes the maximum of windows of size x size; padding counts as -Inf.
func (b *Graph) MaxPool(x *Node, size, stride, pad int) *Node {
	s := b.dims("max_pool", "x", x, "N", "C", "H", "W")
	if b.err != nil {
		return nil
	}
	return b.add(kernel.MaxPoolForward{Pool: kernel.Pool{
		N: s[0], C: s[1], H: s[2], W: s[3], Size: size, Stride: stride, Pad: pad,
	}}, "dst", x)
}

// GlobalAvgPool is the mean over height and width: (N, C, H, W) -> (N, C).
func (b *Graph) GlobalAvgPool(x *Node) *Node {
	s := b.dims("global_avg_pool", "x", x, "N", "C", "H", "W")
	if b.err != nil {
		return nil
	}
	return b.add(kernel.GlobalAvgPoolForward{N: s[0], C: s[1], H: s[2], W: s[3]}, "dst", x)
}

// Linear is x·Wᵀ + bias: x (N, In), weights (Out, In), bias (Out) or nil for none.
func (b *Graph) Linear(x, weights, bias *Node) *Node {
	s := b.dims("linear", "x", x, "N", "In")
	w := b.dims("linear", "weights", weights, "Out", "In")
	if b.err != nil {
		return nil
	}
	k := kernel.LinearForward{Linear: kernel.Linear{N: s[0], In: s[1], Out: w[0], Bias: bias != nil}}
	if bias == nil {
		return b.add(k, "dst", x, weights)
	}
	return b.add(k, "dst", x, weights, bias)
}
