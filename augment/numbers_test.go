package augment

import (
	"math"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

func TestNumbersAreThoseOfPackageMath(t *testing.T) {
	near := func(name string, x, got, want, tolerance float64) {
		if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
			t.Errorf("%s(%v) = %v, want %v", name, x, got, want)
		}
	}
	for x := -30.0; x < 30; x += 0.0371 {
		near("exponential", x, exponential(x), math.Exp(x), 4e-15)
		near("logarithm", math.Exp(x), logarithm(math.Exp(x)), x, 4e-15)
	}
	for d := -720.0; d <= 720; d += 0.37 {
		sin, cos := sineCosine(d)
		s, c := math.Sincos(d * math.Pi / 180)
		near("sine", d, sin, s, 1e-13)
		near("cosine", d, cos, c, 1e-13)
	}
	// Quantiles of the normal distribution (any table).
	for p, z := range map[float64]float64{0.5: 0, 0.975: 1.959963985, 0.9999: 3.719016485, 1e-9: -5.997807015, 0.01: -2.326347874} {
		near("normalQuantile", p, normalQuantile(p), z, 2e-7)
	}
}

func TestNormalIsTheQuantileNearly(t *testing.T) {
	for bits := uint32(0); bits < 1<<32-70_000; bits += 65_537 {
		if got, want := normal(bits, normalNodes()), normalQuantile((float64(bits)+0.5)*0x1p-32); math.Abs(got-want) > 1e-4 {
			t.Fatalf("normal(%d) = %v, want %v", bits, got, want)
		}
	}
}

func TestNormalIsNormal(t *testing.T) {
	s := rng.Key{Seed: 5}.Stream()
	values := make([]float64, 100_000)
	for i := range values {
		values[i] = normal(s.Uint32(), normalNodes())
	}
	ks(t, "normal", values, func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 })
}
