package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/kernel"
)

func TestRecomputingSavesMemoryAndChangesNoBit(t *testing.T) {
	each(t, func(t *testing.T, make func(n *net) *graph.Node) { recomputes(t, portableBackend(t), make) })
}

func recomputes(t *testing.T, backend kernel.Backend, make func(n *net) *graph.Node) {
	n := build(t, make)
	kept, arena := n.compile(t, backend, nil)
	want := n.run(t, kept, arena)
	p, arena := n.compile(t, backend, func(s *Spec) { s.Recompute = true })
	if p.Bytes() > kept.Bytes() {
		t.Errorf("want no more than %d bytes, got %d", kept.Bytes(), p.Bytes())
	}
	for i, got := range n.run(t, p, arena) {
		if !slices.Equal(got, want[i]) {
			t.Errorf("%s differs", n.reads[i].Name())
		}
	}
}

func TestOnlyWhatTheSecondPassReadsIsRecomputed(t *testing.T) {
	type counts struct{ norms, sums, convolutions int }
	for name, want := range map[string]counts{
		"small":                {2, 0, 0},
		"resnet of two blocks": {5, 2, 0},
		// Sums of five blocks: the first takes two convolutions and is kept, so is the
		// third, which would make the second too. The last block's shortcut is a
		// convolution of the fourth sum, so that is not made anew, but all others are.
		"bottlenecks": {15, 3, 6},
		"branches":    {0, 0, 0},
	} {
		kept, _ := build(t, nets[name]).compile(t, portableBackend(t), nil)
		p, _ := build(t, nets[name]).compile(t, portableBackend(t), func(s *Spec) { s.Recompute = true })
		if want.norms > 0 && p.Bytes() >= kept.Bytes() {
			t.Errorf("%s: want less than %d bytes, got %d", name, kept.Bytes(), p.Bytes())
		}
		second := names(p, 1)
		got := counts{strings.Count(second, "batch_norm_inference"), strings.Count(second, "sum") - strings.Count(names(kept, 1), "sum"), strings.Count(second, "conv_forward")}
		if got != want {
			t.Errorf("%s: want %+v, got %+v: %s", name, want, got, second)
		}
	}
}

// Deep networks have long chains of sums: each is considered once.
func TestLongChainsAreRecomputed(t *testing.T) {
	n := build(t, func(n *net) *graph.Node {
		y := n.norm(n.conv(n.x, 8, 3, 1, 1))
		for range 40 {
			y = n.ReLU(n.Add(n.norm(n.conv(y, 8, 1, 1, 0)), y))
		}
		return n.GlobalAvgPool(y)
	})
	p, _ := n.compile(t, portableBackend(t), func(s *Spec) { s.Recompute = true })
	if got := strings.Count(names(p, 1), "conv_forward"); got != 0 {
		t.Errorf("want no convolution again, got %d", got)
	}
}
