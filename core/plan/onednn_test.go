//go:build onednn

package plan

import (
	"testing"

	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/kernel/onednn"
)

// The build asked for the library: where it is missing, these tests fail.
func onednnBackend(t testing.TB) kernel.Backend {
	b, err := onednn.New(0)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOneDNNAgreesWithPortable(t *testing.T) {
	each(t, func(t *testing.T, make func(n *net) *graph.Node) {
		n := build(t, make)
		plain, arena := n.compile(t, portableBackend(t), nil)
		want := n.run(t, plain, arena)
		p, arena := n.compile(t, onednnBackend(t), nil)
		defer p.Free()
		for range 2 {
			for i, got := range n.run(t, p, arena) {
				near(t, n.reads[i].Name(), got, want[i], 1e-4)
			}
		}
	})
}

func TestOneDNNRunsAllocateNothing(t *testing.T) {
	n := build(t, nets["resnet with downsampling"])
	p, arena := n.compile(t, onednnBackend(t), nil)
	defer p.Free()
	n.run(t, p, arena)
	allocations := testing.AllocsPerRun(10, func() {
		copy(p.Host(n.x), n.values[n.x])
		_ = p.Run(0)
		copy(p.Host(n.upstream), n.values[n.upstream])
		_ = p.Run(1)
	})
	if allocations != 0 || len(p.passes[0]) != 1 || len(p.passes[1]) != 1 {
		t.Errorf("want no allocation and one program a pass, got %v, %d and %d", allocations, len(p.passes[0]), len(p.passes[1]))
	}
}

func TestOneDNNRecomputesTheSameBits(t *testing.T) {
	each(t, func(t *testing.T, make func(n *net) *graph.Node) { recomputes(t, onednnBackend(t), make) })
}
