package kerneltest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
)

// layer is a convolution and how often a network has it.
type layer struct {
	name  string
	count int
	conv  kernel.Conv
}

func square(n, c, size, k, window, stride int) kernel.Conv {
	return kernel.Conv{N: n, C: c, H: size, W: size, K: k, R: window, S: window, Stride: stride, Pad: window / 2}
}

// networks are the convolutions of one training step.
var networks = []struct {
	name   string
	layers []layer
}{
	{"small 512x32x32", []layer{
		{"block1", 1, square(512, 3, 32, 32, 3, 1)},
		{"block2", 1, square(512, 32, 32, 64, 3, 2)},
		{"block3", 1, square(512, 64, 16, 128, 3, 2)},
		{"block4", 1, square(512, 128, 8, 256, 3, 2)},
	}},
	{"resnet18 128x32x32", []layer{
		{"stem", 1, square(128, 3, 32, 64, 3, 1)},
		{"layer1", 4, square(128, 64, 32, 64, 3, 1)},
		{"layer2 down", 1, square(128, 64, 32, 128, 3, 2)},
		{"layer2 shortcut", 1, square(128, 64, 32, 128, 1, 2)},
		{"layer2", 3, square(128, 128, 16, 128, 3, 1)},
		{"layer3 down", 1, square(128, 128, 16, 256, 3, 2)},
		{"layer3 shortcut", 1, square(128, 128, 16, 256, 1, 2)},
		{"layer3", 3, square(128, 256, 8, 256, 3, 1)},
		{"layer4 down", 1, square(128, 256, 8, 512, 3, 2)},
		{"layer4 shortcut", 1, square(128, 256, 8, 512, 1, 2)},
		{"layer4", 3, square(128, 512, 4, 512, 3, 1)},
	}},
}

// Bench measures the convolutions of a step of each network. Run it with -v for a
// table of every shape and pass. The first convolution has no backward pass to
// the pictures.
func Bench(b *testing.B, make func(threads int) (kernel.Backend, error)) {
	for _, threads := range []int{1, 2} {
		backend, err := make(threads)
		if err != nil {
			b.Fatal(err)
		}
		for _, net := range networks {
			b.Run(fmt.Sprintf("%s/threads=%d", net.name, threads), func(b *testing.B) {
				benchLayers(b, backend, net.layers)
			})
		}
	}
}

func benchLayers(b *testing.B, backend kernel.Backend, layers []layer) {
	type timed struct {
		name    string
		count   int
		flops   float64
		program kernel.Program
		best    float64
	}
	var all []*timed
	for i, l := range layers {
		g := l.conv
		x, w := random(1, g.N*g.C*g.H*g.W), random(2, g.K*g.C*g.R*g.S)
		d := random(3, g.N*g.K*g.OutH()*g.OutW())
		for pass, name := range []string{"forward", "data", "weights"} {
			if pass == 1 && i == 0 {
				continue
			}
			r := newRig(b, backend, anyLayout)
			// Reorders are in a program of their own: only the pass is timed.
			src := r.input([]int{g.N, g.C, g.H, g.W}, x)
			weights := r.input([]int{g.K, g.C, g.R, g.S}, w)
			grad := r.input([]int{g.N, g.K, g.OutH(), g.OutW()}, d)
			switch pass {
			case 0:
				r.call(kernel.ConvForward{Conv: g}, []*tensor{src, weights})
			case 1:
				r.call(kernel.ConvBackwardData{Conv: g}, []*tensor{grad, weights})
			case 2:
				r.call(kernel.ConvBackwardWeights{Conv: g}, []*tensor{src, grad})
			}
			r.run()
			program, err := backend.NewProgram(r.calls[len(r.calls)-1:])
			if err != nil {
				b.Fatal(err)
			}
			defer program.Free()
			all = append(all, &timed{l.name + " " + name, l.count, g.Flops(), program, 1e9})
		}
	}
	for b.Loop() {
		for _, t := range all {
			seconds, err := t.program.Profile()
			if err != nil {
				b.Fatal(err)
			}
			t.best = min(t.best, seconds[0])
		}
	}
	var table strings.Builder
	var flops, seconds float64
	for _, t := range all {
		fmt.Fprintf(&table, "\n%2d x %-24s %8.2f ms %7.1f GFLOP/s", t.count, t.name, t.best*1e3, t.flops/t.best/1e9)
		flops += float64(t.count) * t.flops
		seconds += float64(t.count) * t.best
	}
	b.Logf("%s %s, best of %d:%s", backend.Name(), backend.ISA(), b.N, table.String())
	b.ReportMetric(flops/seconds/1e9, "GFLOP/s")
	b.ReportMetric(seconds*1e3, "ms/step")
}
