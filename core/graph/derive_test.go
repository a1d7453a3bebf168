package graph_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/graph/graphtest"
	"github.com/jumelle/jumelle/core/rng"
)

// A case builds a value from inputs; its derivatives are compared with central
// differences of step h. Operations linear in each input take a large step, which
// leaves rounding alone.
type derivative struct {
	name   string
	shapes [][]int
	h      float64
	build  func(b *graph.Graph, in []*graph.Node) *graph.Node
}

var derivatives = []derivative{
	{"conv", [][]int{{2, 3, 5, 6}, {4, 3, 3, 3}}, 0.5, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.Conv(in[0], in[1], 1, 1) }},
	{"conv stride 2", [][]int{{2, 2, 7, 6}, {3, 2, 3, 3}}, 0.5, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.Conv(in[0], in[1], 2, 1) }},
	{"conv 1x1 stride 2", [][]int{{2, 3, 4, 4}, {2, 3, 1, 1}}, 0.5, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.Conv(in[0], in[1], 2, 0) }},
	{"batch norm", [][]int{{3, 2, 2, 3}, {2}, {2}}, 1.0 / 64, func(b *graph.Graph, in []*graph.Node) *graph.Node {
		y, _ := b.BatchNorm(in[0], in[1], in[2], 1e-5, 1)
		return y
	}},
	{"batch norm of vectors", [][]int{{6, 3}, {3}, {3}}, 1.0 / 64, func(b *graph.Graph, in []*graph.Node) *graph.Node {
		y, _ := b.BatchNorm(in[0], in[1], in[2], 1e-5, 1)
		return y
	}},
	{"batch norm of one pixel", [][]int{{6, 2, 1, 1}, {2}, {2}}, 1.0 / 64, func(b *graph.Graph, in []*graph.Node) *graph.Node {
		y, _ := b.BatchNorm(in[0], in[1], in[2], 1e-5, 1)
		return y
	}},
	{"batch norm of one channel", [][]int{{6, 1, 2, 2}, {1}, {1}}, 1.0 / 64, func(b *graph.Graph, in []*graph.Node) *graph.Node {
		y, _ := b.BatchNorm(in[0], in[1], in[2], 0.1, 1)
		return y
	}},
	{"relu", [][]int{{4, 5}}, 1.0 / 64, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.ReLU(in[0]) }},
	{"add", [][]int{{2, 3}, {2, 3}}, 0.5, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.Add(in[0], in[1]) }},
	{"add to itself", [][]int{{2, 3}}, 0.5, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.Add(in[0], in[0]) }},
	{"max pool", [][]int{{2, 2, 5, 5}}, 1.0 / 1024, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.MaxPool(in[0], 3, 2, 1) }},
	{"global avg pool", [][]int{{2, 3, 4, 5}}, 0.5, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.GlobalAvgPool(in[0]) }},
	{"linear", [][]int{{3, 4}, {5, 4}}, 0.5, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.Linear(in[0], in[1], nil) }},
	{"linear with bias", [][]int{{3, 4}, {5, 4}, {5}}, 0.5, func(b *graph.Graph, in []*graph.Node) *graph.Node { return b.Linear(in[0], in[1], in[2]) }},
	{"residual block", [][]int{{4, 2, 4, 4}, {2, 2, 3, 3}, {2}, {2}}, 1.0 / 256, func(b *graph.Graph, in []*graph.Node) *graph.Node {
		y, _ := b.BatchNorm(b.Conv(in[0], in[1], 1, 1), in[2], in[3], 1e-5, 1)
		return b.GlobalAvgPool(b.Add(y, in[0]))
	}},
}

func TestDerivativesAgreeWithCentralDifferences(t *testing.T) {
	for _, c := range derivatives {
		t.Run(c.name, func(t *testing.T) {
			values := make([][]float32, len(c.shapes))
			for i, shape := range c.shapes {
				values[i] = noise(i, shape)
			}
			b, in, out := c.make()
			upstream := b.Input("upstream", out.Shape()...)
			grads := b.Grad(b.Inner(out, upstream), in...)
			if err := b.Err(); err != nil {
				t.Fatal(err)
			}
			u := noise(99, out.Shape())
			feed := map[*graph.Node][]float32{upstream: u}
			for i, n := range in {
				feed[n] = values[i]
			}
			got, err := graphtest.Run(b, feed, grads...)
			if err != nil {
				t.Fatal(err)
			}
			for i := range in {
				for j, x := range values[i] {
					values[i][j] = x + float32(c.h)
					up := c.value(t, values, u)
					values[i][j] = x - float32(c.h)
					down := c.value(t, values, u)
					values[i][j] = x
					want := (up - down) / (2 * c.h)
					if d := math.Abs(float64(got[i][j]) - want); d > 2e-3*(1+math.Abs(want)) {
						t.Fatalf("input %d, element %d: want %g, got %g", i, j, want, got[i][j])
					}
				}
			}
		})
	}
}

func (c derivative) make() (*graph.Graph, []*graph.Node, *graph.Node) {
	b := graph.New()
	in := make([]*graph.Node, len(c.shapes))
	for i, shape := range c.shapes {
		in[i] = b.Input(fmt.Sprintf("in%d", i), shape...)
	}
	return b, in, c.build(b, in)
}

// value is the inner product of the built value with u, summed in float64.
func (c derivative) value(t *testing.T, values [][]float32, u []float32) float64 {
	b, in, out := c.make()
	feed := map[*graph.Node][]float32{}
	for i, n := range in {
		feed[n] = values[i]
	}
	got, err := graphtest.Run(b, feed, out)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, v := range got[0] {
		sum += float64(v) * float64(u[i])
	}
	return sum
}

// noise is away from 0, where a ReLU has its corner, and without equal values.
func noise(number int, shape []int) []float32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	s := rng.Key{Seed: 7, Operation: rng.Data, Picture: uint32(number)}.Stream()
	x := make([]float32, n)
	for i := range x {
		v := s.Normal()
		x[i] = float32(v + math.Copysign(0.1, v))
	}
	return x
}
