package graph_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
)

func TestWrongShapesNameOperationAndArgument(t *testing.T) {
	x := func(b *graph.Graph) *graph.Node { return b.Input("x", 2, 3, 8, 8) }
	for _, c := range []struct {
		want  string
		build func(b *graph.Graph)
	}{
		{"conv_forward: weights: want shape (5, 3, 3, 3), got (5, 4, 3, 3)", func(b *graph.Graph) { b.Conv(x(b), b.Input("w", 5, 4, 3, 3), 1, 1) }},
		{"conv: weights: want shape (K, C, R, S), got (5, 27)", func(b *graph.Graph) { b.Conv(x(b), b.Input("w", 5, 27), 1, 1) }},
		{"conv_forward: Stride: want at least 1, got 0", func(b *graph.Graph) { b.Conv(x(b), b.Input("w", 5, 3, 3, 3), 0, 1) }},
		{"batch_norm_forward: gamma: want shape (3,), got (4,)", func(b *graph.Graph) { b.BatchNorm(x(b), b.Input("g", 4), b.Input("b", 3), 1e-5, 1) }},
		{"batch_norm_forward: Eps: want a positive number, got 0", func(b *graph.Graph) { b.BatchNorm(x(b), b.Input("g", 3), b.Input("b", 3), 0, 1) }},
		{"batch_norm: x: want shape (N, C, H, W), got (3,)", func(b *graph.Graph) { b.BatchNorm(b.Input("v", 3), b.Input("g", 3), b.Input("b", 3), 1e-5, 1) }},
		{"sum: src1: want shape (2, 3, 8, 8), got (2, 3, 4, 4)", func(b *graph.Graph) { b.Add(x(b), b.Input("y", 2, 3, 4, 4)) }},
		{"linear_forward: weights: want shape (7, 6), got (7, 5)", func(b *graph.Graph) { b.Linear(b.Input("v", 2, 6), b.Input("w", 7, 5), nil) }},
		{"max_pool_forward: Pad: want 0 to 1 (half the window), got 2", func(b *graph.Graph) { b.MaxPool(x(b), 3, 2, 2) }},
		{"global_avg_pool: x: want shape (N, C, H, W), got (2, 6)", func(b *graph.Graph) { b.GlobalAvgPool(b.Input("v", 2, 6)) }},
		{"inner: upstream: want shape (2, 6), got (2, 5)", func(b *graph.Graph) { b.Inner(b.Input("z", 2, 6), b.Input("u", 2, 5)) }},
		{`input: name: want a new name, got "x"`, func(b *graph.Graph) { x(b); x(b) }},
		{"relu: x: want a node, got nil", func(b *graph.Graph) { b.ReLU(nil) }},
	} {
		b := graph.New()
		c.build(b)
		var e *core.Error
		if err := b.Err(); err == nil || err.Error() != c.want {
			t.Errorf("want %q, got %v", c.want, err)
		} else if !errors.As(err, &e) {
			t.Errorf("want a *core.Error, got %T", err)
		}
	}
}

func TestTheFirstMistakeIsKept(t *testing.T) {
	b := graph.New()
	y := b.Conv(b.Input("x", 1, 3, 4, 4), b.Input("w", 2, 5, 3, 3), 1, 1)
	if y != nil {
		t.Error("want no node")
	}
	b.Linear(b.GlobalAvgPool(b.ReLU(y)), nil, nil)
	if err := b.Err(); err == nil || !strings.HasPrefix(err.Error(), "conv_forward: weights") {
		t.Errorf("got %v", err)
	}
}

// A node of the same settings is the same node; any other setting makes another
// (gorgonia identifies nodes by what WriteHash writes).
func TestEverySettingIsInTheHash(t *testing.T) {
	conv := kernel.Conv{N: 2, C: 3, H: 8, W: 8, K: 4, R: 3, S: 3, Stride: 1, Pad: 1}
	norm := kernel.BatchNorm{N: 2, C: 3, H: 8, W: 8, Eps: 1e-5}
	with := func(change func(c *kernel.Conv)) kernel.Conv { c := conv; change(&c); return c }
	ops := []graph.Op{
		{kernel.ConvForward{Conv: conv}, "dst"},
		{kernel.ConvBackwardData{Conv: conv}, "src_grad"},
		{kernel.ConvBackwardWeights{Conv: conv}, "weights_grad"},
		{kernel.ConvForward{Conv: with(func(c *kernel.Conv) { c.N = 3 })}, "dst"},
		{kernel.ConvForward{Conv: with(func(c *kernel.Conv) { c.C = 4 })}, "dst"},
		{kernel.ConvForward{Conv: with(func(c *kernel.Conv) { c.H = 9 })}, "dst"},
		{kernel.ConvForward{Conv: with(func(c *kernel.Conv) { c.W = 9 })}, "dst"},
		{kernel.ConvForward{Conv: with(func(c *kernel.Conv) { c.K = 9 })}, "dst"},
		{kernel.ConvForward{Conv: with(func(c *kernel.Conv) { c.R = 1 })}, "dst"},
		{kernel.ConvForward{Conv: with(func(c *kernel.Conv) { c.S = 1 })}, "dst"},
		{kernel.ConvForward{Conv: with(func(c *kernel.Conv) { c.Stride = 2 })}, "dst"},
		{kernel.ConvForward{Conv: with(func(c *kernel.Conv) { c.Pad = 0 })}, "dst"},
		{kernel.BatchNormForward{BatchNorm: norm}, "dst"},
		{kernel.BatchNormForward{BatchNorm: norm}, "mean"},
		{kernel.BatchNormForward{BatchNorm: norm}, "var"},
		{kernel.BatchNormForward{BatchNorm: kernel.BatchNorm{N: 2, C: 3, H: 8, W: 8, Eps: 1.0000001e-5}}, "dst"},
		{kernel.BatchNormForward{BatchNorm: kernel.BatchNorm{N: 2, C: 3, H: 8, W: 8, Eps: 1e-5, ReLU: true}}, "dst"},
		{kernel.BatchNormInference{BatchNorm: norm}, "dst"},
		{kernel.LinearForward{Linear: kernel.Linear{N: 2, In: 3, Out: 4}}, "dst"},
		{kernel.LinearForward{Linear: kernel.Linear{N: 2, In: 3, Out: 4, Bias: true}}, "dst"},
		{kernel.LinearForward{Linear: kernel.Linear{N: 2, In: 34, Out: 4}}, "dst"},
		{kernel.MaxPoolForward{Pool: kernel.Pool{N: 2, C: 3, H: 8, W: 8, Size: 2, Stride: 2}}, "dst"},
		{kernel.MaxPoolForward{Pool: kernel.Pool{N: 2, C: 3, H: 8, W: 8, Size: 3, Stride: 2}}, "dst"},
		{kernel.MaxPoolForward{Pool: kernel.Pool{N: 2, C: 3, H: 8, W: 8, Size: 3, Stride: 2, Pad: 1}}, "dst"},
		{kernel.Sum{Shape: []int{2, 3}, Inputs: 2}, "dst"},
		{kernel.Sum{Shape: []int{2, 3}, Inputs: 3}, "dst"},
		{kernel.Sum{Shape: []int{3, 2}, Inputs: 2}, "dst"},
		{kernel.ReLU{Shape: []int{2, 3}}, "dst"},
		{kernel.ReLUBackward{Shape: []int{2, 3}}, "src_grad"},
	}
	seen := map[uint32]graph.Op{}
	for _, op := range ops {
		if other, ok := seen[op.Hashcode()]; ok {
			t.Errorf("%+v and %+v have one hash", op, other)
		}
		seen[op.Hashcode()] = op
	}
}

func TestSameOperationOnSameInputsIsOneNode(t *testing.T) {
	b := graph.New()
	x, w := b.Input("x", 1, 2, 5, 5), b.Input("w", 3, 2, 3, 3)
	first, again, other := b.Conv(x, w, 1, 1), b.Conv(x, w, 1, 1), b.Conv(x, w, 2, 1)
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	if first != again || first == other {
		t.Errorf("want the same node for the same settings only: %v %v %v", first.ID(), again.ID(), other.ID())
	}
}

func TestStatisticsHaveNoDerivative(t *testing.T) {
	b := graph.New()
	x, gamma, beta := b.Input("x", 4, 3), b.Input("gamma", 3), b.Input("beta", 3)
	_, s := b.BatchNorm(x, gamma, beta, 1e-5, 1)
	if grads := b.Grad(b.Inner(s.Mean, b.Input("u", 3)), x); grads != nil || b.Err() == nil {
		t.Error("want an error, got a derivative")
	}
}

func TestDoRefusesOtherShapesThanTheGraphs(t *testing.T) {
	op := graph.Op{Kernel: kernel.ReLU{Shape: []int{2, 3}}, Output: "dst"}
	if _, err := op.Do(); err == nil || !strings.HasPrefix(err.Error(), "relu: inputs") {
		t.Errorf("got %v", err)
	}
	if _, err := op.Do(nil); err == nil {
		t.Error("want an error for a missing value")
	}
}

func TestGraphsAreBuiltSideBySide(t *testing.T) {
	err := par.Do(4, 8, 1, func(lo, hi int) error {
		b := graph.New()
		x, w := b.Input("x", 2, 3, 8, 8), b.Input("w", 4, 3, 3, 3)
		z := b.GlobalAvgPool(b.ReLU(b.Conv(x, w, 1, 1)))
		b.Grad(b.Inner(z, b.Input("u", 2, 4)), x, w)
		return b.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}
