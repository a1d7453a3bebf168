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
	for name, want := range map[string]int{"small": 2, "resnet of two blocks": 3, "branches": 0} {
		kept, _ := build(t, nets[name]).compile(t, portableBackend(t), nil)
		p, _ := build(t, nets[name]).compile(t, portableBackend(t), func(s *Spec) { s.Recompute = true })
		if want > 0 && p.Bytes() >= kept.Bytes() {
			t.Errorf("%s: want less than %d bytes, got %d", name, kept.Bytes(), p.Bytes())
		}
		if got := strings.Count(names(p, 1), "batch_norm_inference"); got != want {
			t.Errorf("%s: want %d, got %d: %s", name, want, got, names(p, 1))
		}
	}
}
