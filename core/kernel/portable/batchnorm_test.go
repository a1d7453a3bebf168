package portable

import (
	"math"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

// The loops in vectors give the bits of the plain ones, for planes of any size.
func TestBatchNormTwins(t *testing.T) {
	s := rng.Key{Seed: 1}.Stream()
	numbers := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(s.Normal())
		}
		return x
	}
	for _, n := range []int{1, 3, 4, 16, 31, 49, 64, 100, 1024} {
		x, g, words := numbers(n), numbers(n), (n+31)/32
		x[n/2] = float32(math.NaN())
		if got, want := total(g), totalPlain(g); got != want {
			t.Errorf("%d values: sum %v, want %v", n, got, want)
		}
		if got, want := spread(g, 0.3), spreadPlain(g, 0.3); got != want {
			t.Errorf("%d values: squares %v, want %v", n, got, want)
		}
		y := numbers(n)
		s1, q1 := moments(g, y, 0.3)
		if s2, q2 := momentsPlain(g, y, 0.3); s1 != s2 || q1 != q2 {
			t.Errorf("%d values: moments %v, %v, want %v, %v", n, s1, q1, s2, q2)
		}
		got, want := make([]float32, n), make([]float32, n)
		mask, maskWant := make([]float32, words), make([]float32, words)
		affine(got, x, 1.1, -0.3)
		affinePlain(want, x, 1.1, -0.3)
		sameBits(t, "affine", got, want)
		affineMask(got, x, 1.1, -0.3, mask)
		affineMaskPlain(want, x, 1.1, -0.3, maskWant)
		sameBits(t, "affine and ReLU", got, want)
		sameBits(t, "mask", mask, maskWant)
		cut(got, g, mask)
		cutPlain(want, g, mask)
		sameBits(t, "cut", got, want)
		combine(got, g, x, 0.9, -0.2, 0.1)
		combinePlain(want, g, x, 0.9, -0.2, 0.1)
		sameBits(t, "combine", got, want)
	}
}

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s of %d values: element %d is %v, want %v", what, len(want), i, got[i], want[i])
		}
	}
}
