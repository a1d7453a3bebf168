package plan

import (
	"fmt"
	"math"
	"testing"

	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/rng"
)

// net is a network for tests: a graph, what is fed and what is read.
type net struct {
	*graph.Graph
	x, z, upstream *graph.Node
	params, grads  []*graph.Node
	stats          []*graph.Node
	reads          []*graph.Node // z, statistics, gradients
	values         map[*graph.Node][]float32
	at             map[*graph.Node]int64 // bytes, of parameters and gradients
}

func (n *net) param(shape ...int) *graph.Node {
	p := n.Input(fmt.Sprintf("p%d", len(n.params)), shape...)
	n.params = append(n.params, p)
	return p
}

func (n *net) conv(x *graph.Node, out, size, stride, pad int) *graph.Node {
	return n.Conv(x, n.param(out, channels(x), size, size), stride, pad)
}

func (n *net) norm(x *graph.Node) *graph.Node {
	y, s := n.BatchNorm(x, n.param(channels(x)), n.param(channels(x)), 1e-5, 1)
	n.stats = append(n.stats, s.Mean, s.Var)
	return y
}

func (n *net) linear(x *graph.Node, out int, bias bool) *graph.Node {
	w := n.param(out, channels(x))
	if !bias {
		return n.Linear(x, w, nil)
	}
	return n.Linear(x, w, n.param(out))
}

func (n *net) block(x *graph.Node, out, stride int) *graph.Node {
	y := n.ReLU(n.norm(n.conv(x, out, 3, stride, 1)))
	y = n.norm(n.conv(y, out, 3, 1, 1))
	if stride != 1 || channels(x) != out {
		x = n.norm(n.conv(x, out, 1, stride, 0))
	}
	return n.ReLU(n.Add(y, x))
}

// bottleneck makes more channels of fewer, and strides in its middle.
func (n *net) bottleneck(x *graph.Node, middle, stride int) *graph.Node {
	y := n.ReLU(n.norm(n.conv(x, middle, 1, 1, 0)))
	y = n.ReLU(n.norm(n.conv(y, middle, 3, stride, 1)))
	y = n.norm(n.conv(y, 4*middle, 1, 1, 0))
	if stride != 1 || channels(x) != 4*middle {
		x = n.norm(n.conv(x, 4*middle, 1, stride, 0))
	}
	return n.ReLU(n.Add(y, x))
}

func channels(x *graph.Node) int {
	if x == nil {
		return 1
	}
	return x.Shape()[1]
}

// nets: each kind of layer and each way they meet.
var nets = map[string]func(n *net) *graph.Node{
	"small": func(n *net) *graph.Node {
		y := n.x
		for i, out := range []int{8, 16, 16} {
			y = n.ReLU(n.norm(n.conv(y, out, 3, 1+min(i, 1), 1)))
		}
		y = n.GlobalAvgPool(y)
		y = n.ReLU(n.norm(n.linear(y, 12, false)))
		return n.norm(n.linear(y, 5, false))
	},
	"resnet of two blocks": func(n *net) *graph.Node {
		y := n.ReLU(n.norm(n.conv(n.x, 8, 3, 1, 1)))
		y = n.block(n.block(y, 8, 1), 8, 1)
		return n.linear(n.ReLU(n.linear(n.GlobalAvgPool(y), 7, true)), 5, true)
	},
	"resnet with downsampling": func(n *net) *graph.Node {
		y := n.MaxPool(n.ReLU(n.norm(n.conv(n.x, 8, 7, 2, 3))), 3, 2, 1)
		y = n.block(n.block(y, 8, 1), 16, 2)
		return n.GlobalAvgPool(n.block(y, 16, 2)) // 16x16 pictures: one pixel here
	},
	"bottlenecks": func(n *net) *graph.Node {
		y := n.ReLU(n.norm(n.conv(n.x, 8, 3, 1, 1)))
		for i := range 5 {
			y = n.bottleneck(y, 8+8*(i/4), 1+i/4)
		}
		return n.GlobalAvgPool(y)
	},
	"branches": func(n *net) *graph.Node {
		y := n.conv(n.x, 8, 3, 1, 1)
		a, b, c := n.ReLU(y), n.conv(y, 8, 1, 1, 0), n.norm(y)
		return n.GlobalAvgPool(n.Add(n.Add(n.Add(a, b), n.Add(c, y)), y))
	},
}

const batch, side = 6, 16

func build(t testing.TB, make func(n *net) *graph.Node) *net {
	n := &net{Graph: graph.New(), values: map[*graph.Node][]float32{}, at: map[*graph.Node]int64{}}
	n.x = n.Input("x", batch, 3, side, side)
	n.z = make(n)
	if n.Err() != nil {
		t.Fatal(n.Err())
	}
	n.upstream = n.Input("upstream", n.z.Shape()...)
	n.grads = n.Grad(n.Inner(n.z, n.upstream), n.params...)
	if n.Err() != nil {
		t.Fatal(n.Err())
	}
	for i, in := range append([]*graph.Node{n.x, n.upstream}, n.params...) {
		n.values[in] = noise(i, in.Shape())
	}
	n.reads = append(append([]*graph.Node{n.z}, n.stats...), n.grads...)
	return n
}

// compile gives parameters and gradients an arena of their own.
func (n *net) compile(t testing.TB, backend kernel.Backend, change func(*Spec)) (*Plan, kernel.Arena) {
	var end int64
	for _, p := range append(append([]*graph.Node{}, n.params...), n.grads...) {
		n.at[p] = end
		end += align(plainBytes(p.Shape()))
	}
	arena, err := backend.NewArena(end)
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec{
		Inputs: []*graph.Node{n.x}, Upstream: []*graph.Node{n.upstream},
		Outputs: append([]*graph.Node{n.z}, n.stats...), Bound: map[*graph.Node]kernel.Memory{},
	}
	for _, p := range n.params {
		spec.Bound[p] = kernel.Memory{Arena: arena, Offset: n.at[p]}
		arena.CopyIn(n.at[p], n.values[p])
	}
	for _, g := range n.grads {
		spec.Into = append(spec.Into, Into{g, kernel.Memory{Arena: arena, Offset: n.at[g]}})
	}
	if change != nil {
		change(&spec)
	}
	p, err := Compile(backend, spec)
	if err != nil {
		t.Fatal(err)
	}
	return p, arena
}

// run feeds a plan, runs both passes and reads everything.
func (n *net) run(t testing.TB, p *Plan, arena kernel.Arena) [][]float32 {
	if err := p.Set(n.x, n.values[n.x]); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(0); err != nil {
		t.Fatal(err)
	}
	if err := p.Set(n.upstream, n.values[n.upstream]); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(1); err != nil {
		t.Fatal(err)
	}
	out := make([][]float32, len(n.reads))
	for i, r := range n.reads {
		out[i] = make([]float32, plainBytes(r.Shape())/4)
		if err := p.Get(r, out[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// near compares to a relative difference in the Euclidean norm.
func near(t testing.TB, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: want %d elements, got %d", what, len(want), len(got))
	}
	d, n := 0.0, 0.0
	for i := range got {
		d += math.Pow(float64(got[i])-float64(want[i]), 2)
		n += math.Pow(float64(want[i]), 2)
	}
	if e := math.Sqrt(d) / (math.Sqrt(n) + 1e-6); !(e <= tolerance) {
		t.Errorf("%s: relative difference %g", what, e)
	}
}

func noise(number int, shape []int) []float32 {
	s := rng.Key{Seed: 11, Operation: rng.Data, Picture: uint32(number)}.Stream()
	x := make([]float32, plainBytes(shape)/4)
	scale := 1.0
	if len(shape) > 1 && number > 1 { // a weight: keep magnitudes
		scale = math.Sqrt(2 * float64(shape[0]) / float64(len(x)))
	}
	for i := range x {
		x[i] = float32(s.Normal() * scale)
	}
	return x
}
