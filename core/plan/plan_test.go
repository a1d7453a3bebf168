package plan

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/graph/graphtest"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/kernel/portable"
	"gorgonia.org/gorgonia"
)

func portableBackend(t testing.TB) kernel.Backend {
	b, err := portable.New(0)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func each(t *testing.T, body func(t *testing.T, make func(n *net) *graph.Node)) {
	for _, name := range slices.Sorted(maps.Keys(nets)) {
		t.Run(name, func(t *testing.T) { body(t, nets[name]) })
	}
}

func TestPlanAgreesWithTheTapeMachine(t *testing.T) {
	each(t, func(t *testing.T, make func(n *net) *graph.Node) {
		n := build(t, make)
		p, arena := n.compile(t, portableBackend(t), nil)
		defer p.Free()
		got := n.run(t, p, arena)
		want, err := graphtest.Run(n.Graph, n.values, n.reads...)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range n.reads {
			near(t, r.Name(), got[i], want[i], 1e-5)
		}
	})
}

// A value overwritten while somebody still needs it would show here: with memory
// of its own for each value, with garbage in all memory that holds nothing yet,
// and in a second run, results have the same bits.
func TestSharedMemoryChangesNoBit(t *testing.T) {
	each(t, func(t *testing.T, make func(n *net) *graph.Node) {
		n := build(t, make)
		alone, arena := n.compile(t, portableBackend(t), func(s *Spec) { s.noReuse = true })
		want := n.run(t, alone, arena)
		p, arena := n.compile(t, portableBackend(t), nil)
		if p.Bytes() >= alone.Bytes() {
			t.Errorf("no memory is shared: %d and %d bytes", p.Bytes(), alone.Bytes())
		}
		all := p.arena.Host(0, int(p.Bytes()/4))
		for i := range all {
			all[i] = float32(math.NaN())
		}
		for range 2 {
			for i, got := range n.run(t, p, arena) {
				if !slices.Equal(got, want[i]) {
					t.Errorf("%s differs", n.reads[i].Name())
				}
			}
		}
	})
}

// The same from the plan's own books: of two slots alive at one step, no byte is
// in both, and what a step reads was the last thing written there.
func TestLiveSlotsDoNotOverlap(t *testing.T) {
	each(t, func(t *testing.T, make func(n *net) *graph.Node) {
		n := build(t, make)
		spec := Spec{Inputs: []*graph.Node{n.x}, Upstream: []*graph.Node{n.upstream}, Outputs: n.reads, Bound: map[*graph.Node]kernel.Memory{}}
		arena, _ := portableBackend(t).NewArena(1 << 20)
		for _, p := range n.params {
			spec.Bound[p] = kernel.Memory{Arena: arena}
		}
		r, err := read(spec)
		if err != nil {
			t.Fatal(err)
		}
		fuse(r)
		c, err := choose(portableBackend(t), r)
		if err != nil {
			t.Fatal(err)
		}
		size, floor := place(c.steps, c.given, false)
		if size < floor || float64(size) > 1.3*float64(floor) {
			t.Errorf("want an arena near %d bytes, got %d", floor, size)
		}
		held := map[int64]*form{} // by 64 bytes
		hold := func(f *form) {
			for at := f.slot.offset; at < f.slot.offset+f.bytes; at += kernel.Alignment {
				held[at] = f
			}
		}
		for _, f := range c.given {
			hold(f)
		}
		for i, s := range c.steps {
			for j, f := range s.args {
				if f.outside != nil || f.bytes == 0 || output(s, j) {
					continue
				}
				for at := f.slot.offset; at < f.slot.offset+f.bytes; at += kernel.Alignment {
					if held[at] != f {
						t.Fatalf("step %d, %s: argument %d was overwritten", i, s.op.Name(), j)
					}
				}
			}
			for j, f := range s.args {
				if f.outside == nil && f.bytes > 0 && output(s, j) {
					hold(f)
				}
			}
			if s.scratch != nil {
				hold(s.scratch)
			}
		}
	})
}

func output(s *step, j int) bool { return s.primitive.Operands()[j].Output }

func names(p *Plan, pass int) string {
	var list []string
	for _, c := range p.Calls() {
		if c.Pass == pass {
			list = append(list, c.Name)
		}
	}
	return strings.Join(list, " ")
}

func TestFusion(t *testing.T) {
	for name, want := range map[string][2]string{
		"small": {
			"conv_forward batch_norm_forward conv_forward batch_norm_forward conv_forward batch_norm_forward global_avg_pool_forward " +
				"linear_forward batch_norm_forward linear_forward batch_norm_forward",
			"batch_norm_backward linear_backward_weights linear_backward_data batch_norm_backward linear_backward_weights linear_backward_data global_avg_pool_backward " +
				"batch_norm_backward conv_backward_weights conv_backward_data batch_norm_backward conv_backward_weights conv_backward_data " +
				"batch_norm_backward conv_backward_weights",
		},
		"resnet of two blocks": {
			"conv_forward batch_norm_forward " + strings.Repeat("conv_forward batch_norm_forward conv_forward batch_norm_forward sum ", 2) +
				"global_avg_pool_forward linear_forward relu linear_forward",
			"linear_backward_weights linear_backward_data relu_backward linear_backward_weights linear_backward_data global_avg_pool_backward " +
				strings.Repeat("relu_backward batch_norm_backward conv_backward_weights conv_backward_data batch_norm_backward conv_backward_weights conv_backward_data sum ", 2) +
				"batch_norm_backward conv_backward_weights",
		},
	} {
		p, _ := build(t, nets[name]).compile(t, portableBackend(t), nil)
		for pass := range want {
			if got := names(p, pass); got != want[pass] {
				t.Errorf("%s, pass %d:\nwant %s\ngot  %s", name, pass, want[pass], got)
			}
		}
	}
}

// One sum of three gradients, and one of four branches.
func TestSumsOfSumsAreOneSum(t *testing.T) {
	p, _ := build(t, nets["branches"]).compile(t, portableBackend(t), nil)
	if got := strings.Count(names(p, 0), "sum"); got != 1 {
		t.Errorf("want 1 sum in the forward pass, got %d", got)
	}
	if got := strings.Count(names(p, 1), "sum"); got != 1 {
		t.Errorf("want 1 sum in the backward pass, got %d: %s", got, names(p, 1))
	}
}

// inert is a backend whose programs do nothing: what is left is the plan itself.
type inert struct {
	kernel.Backend
	runs *int
}

func (b inert) NewProgram([]kernel.Call) (kernel.Program, error) { return inertProgram{b.runs}, nil }

type inertProgram struct{ runs *int }

func (p inertProgram) Run() error                  { *p.runs++; return nil }
func (p inertProgram) Profile() ([]float64, error) { return nil, nil }
func (p inertProgram) Free()                       {}

func TestARunAllocatesNothingAndIsOneCallAPass(t *testing.T) {
	n, runs := build(t, nets["resnet with downsampling"]), 0
	p, _ := n.compile(t, inert{portableBackend(t), &runs}, nil)
	allocations := testing.AllocsPerRun(10, func() {
		copy(p.Host(n.x), n.values[n.x])
		_ = p.Run(0)
		copy(p.Host(n.upstream), n.values[n.upstream])
		_ = p.Run(1)
	})
	if allocations != 0 || runs != 11*2 {
		t.Errorf("want 0 allocations and 22 programs run, got %v and %d", allocations, runs)
	}
}

func TestForeignOperationsRunBetweenPrograms(t *testing.T) {
	n := build(t, func(n *net) *graph.Node {
		y := n.ReLU(n.norm(n.linear(n.GlobalAvgPool(n.conv(n.x, 8, 3, 1, 1)), 6, false)))
		y = gorgonia.Must(gorgonia.Tanh(y))
		y = gorgonia.Must(gorgonia.Mul(y, gorgonia.NewConstant(float32(3))))
		return n.linear(y, 5, true)
	})
	p, arena := n.compile(t, portableBackend(t), nil)
	defer p.Free()
	if len(p.passes[0]) < 3 || len(p.passes[1]) < 3 {
		t.Errorf("want programs around foreign operations, got %d and %d segments", len(p.passes[0]), len(p.passes[1]))
	}
	got := n.run(t, p, arena)
	want, err := graphtest.Run(n.Graph, n.values, n.reads...)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range n.reads {
		near(t, r.Name(), got[i], want[i], 1e-5)
	}
}

func TestProfileTimesEveryCall(t *testing.T) {
	n := build(t, nets["small"])
	p, arena := n.compile(t, portableBackend(t), nil)
	defer p.Free()
	n.run(t, p, arena)
	total := 0
	for pass := range 2 {
		seconds, err := p.Profile(pass)
		if err != nil {
			t.Fatal(err)
		}
		total += len(seconds)
	}
	if total != len(p.Calls()) {
		t.Errorf("want %d times, got %d", len(p.Calls()), total)
	}
	// 2·N·K·OutH·OutW·C·R·S of the first convolution.
	if c := p.Calls()[0]; c.Flops != 2*batch*8*side*side*3*9 || c.Bytes < 4*batch*8*side*side {
		t.Errorf("got %+v", c)
	}
}

func TestAnInputWithoutValueIsNamed(t *testing.T) {
	n := build(t, nets["small"])
	_, err := Compile(portableBackend(t), Spec{Inputs: []*graph.Node{n.x}, Outputs: []*graph.Node{n.z}})
	if err == nil || !strings.HasPrefix(err.Error(), "plan: p0: want a value") {
		t.Errorf("got %v", err)
	}
}
