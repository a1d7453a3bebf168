//go:build onednn

package nn

import (
	"math"
	"testing"
)

// Whole networks on both backends, also with numbers of channels that fill no
// register (0.3 of 64 is 19): outputs, gradients and inference agree. A deep
// network's gradient at its start is sensitive: a change of the pictures in the
// last bit, on one backend, moves it by 0.6 % (resnet18) and 1.5 % (resnet50),
// as it moves some values across a ReLU's corner. core/plan's tests compare the
// same layers in shallow networks to 1e-4.
func TestOneDNNAgreesWithPortable(t *testing.T) {
	for i, config := range []Config{
		{Encoder: "small", Size: 32, Heads: projection(256, 128)},
		{Encoder: "small", Size: 20, Channels: 1, Width: 0.3, Heads: projection(33, 7)},
		{Encoder: "resnet18", Size: 32, Width: 0.5, Heads: projection(64, 32)},
		{Encoder: "resnet18", Size: 40, Width: 0.3, Stem: "imagenet"},
		{Encoder: "resnet50", Size: 32, Width: 0.25},
	} {
		net, plain := made(t, config, 1)
		_, fast := made(t, config, 1)
		const batch = 8
		parts := 1 + i%2
		want, err := net.Train(backend(t), plain, batch, parts)
		check(t, err)
		got, err := net.Train(fastBackend(t), fast, batch, parts)
		check(t, err)
		fill(want.Input(), 1)
		copy(got.Input(), want.Input())
		check(t, want.Forward())
		check(t, got.Forward())
		near(t, config, "output", got.Output(), want.Output(), 1e-4)
		fill(want.OutputGrad(), 2)
		copy(got.OutputGrad(), want.OutputGrad())
		check(t, want.Backward())
		check(t, got.Backward())
		tolerance := 1e-4
		if config.Encoder != "small" {
			tolerance = 0.05
		}
		near(t, config, "gradients", fast.Grads, plain.Grads, tolerance)
		want.UpdateStats(0.1)
		got.UpdateStats(0.1)
		near(t, config, "statistics", fast.Stats, plain.Stats, 1e-4)
		for block := range 5 {
			a, err := net.Infer(backend(t), plain, batch, Output{Block: block})
			check(t, err)
			b, err := net.Infer(fastBackend(t), fast, batch, Output{Block: block})
			check(t, err)
			copy(a.Input(), want.Input())
			copy(b.Input(), want.Input())
			check(t, a.Run())
			check(t, b.Run())
			near(t, config, "inference", b.Output(), a.Output(), 1e-4)
			a.Free()
			b.Free()
		}
		want.Free()
		got.Free()
		plain.Free()
		fast.Free()
	}
}

// near compares to a difference relative to the Euclidean norm.
func near(t *testing.T, config Config, what string, got, want []float32, tolerance float64) {
	t.Helper()
	d, n := 0.0, 0.0
	for i := range want {
		d += math.Pow(float64(got[i]-want[i]), 2)
		n += math.Pow(float64(want[i]), 2)
	}
	if e := math.Sqrt(d / n); !(e < tolerance) || len(got) != len(want) {
		t.Errorf("%+v: %s: relative difference %g", config, what, e)
	}
}
