package nn

import (
	"slices"
	"strings"
	"testing"
)

// plain is a network of two convolutions.
type plain struct{ twice bool }

func (p plain) Encode(l Layers, x *Node, block int) *Node {
	x = l.ReLU(l.BatchNorm("bn1", l.Conv("conv1", x, 8, 3, 2, 1)))
	if block == 1 {
		return x
	}
	second := "conv2"
	if p.twice {
		second = "conv1"
	}
	return l.ReLU(l.BatchNorm("bn2", l.Conv(second, x, 12, 3, 2, 1)))
}

func TestANetworkOfOnesOwn(t *testing.T) {
	net, p := made(t, Config{Encoder: "plain", Own: plain{}, Size: 8, Heads: projection(4)}, 1)
	names := []string{}
	for _, q := range p.List {
		names = append(names, q.Name)
	}
	if want := []string{"conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight", "bn2.weight", "bn2.bias", "projection.0.weight", "projection.1.weight", "projection.1.bias"}; !slices.Equal(names, want) {
		t.Errorf("want %v, got %v", want, names)
	}
	for block, want := range map[int]int{0: 12, 1: 8, 2: 12, 4: 12} {
		if d, err := net.Dim(Output{Block: block}); err != nil || d != want {
			t.Errorf("block %d: want %d values, got %d, %v", block, want, d, err)
		}
	}
	run, err := net.Train(backend(t), p, 4, 1)
	check(t, err)
	defer run.Free()
	fill(run.Input(), 1)
	check(t, run.Forward())
	fill(run.OutputGrad(), 2)
	check(t, run.Backward())
	inf, err := net.Infer(backend(t), p, 4, Output{Block: 1})
	check(t, err)
	defer inf.Free()
	fill(inf.Input(), 1)
	check(t, inf.Run())
	if len(inf.Output()) != 4*8 {
		t.Errorf("block 1 gives %d values", len(inf.Output()))
	}
	if _, err := New(Config{Own: plain{twice: true}, Size: 8}); err == nil || !strings.Contains(err.Error(), `want a new name, got "conv1.weight"`) {
		t.Errorf("two layers of one name: got %v", err)
	}
}
