package loss

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// The vector versions give the bits of the plain ones, for all remainders.
func TestRowTwins(t *testing.T) {
	for n := range 40 {
		x, y, z := random(1, n, 1), random(2, n, 1), random(3, n, 1)
		if got, want := dot(x, y), dotPlain(x, y); got != want {
			t.Errorf("dot of %d: %v, want %v", n, got, want)
		}
		slow := 0.0
		for i, v := range x {
			slow += float64(v) * float64(y[i])
		}
		if got := dot(x, y); math.Abs(got-slow) > 1e-14*float64(n) {
			t.Errorf("dot of %d: %v, want %v", n, got, slow)
		}
		got, want := make([]float32, n), make([]float32, n)
		scaled(x, 1/3.0, got)
		scaledPlain(x, 1/3.0, want)
		if !slices.Equal(got, want) {
			t.Errorf("scaled %d: %v, want %v", n, got, want)
		}
		combine(0.1, x, -0.7, y, 1e-3, z, got)
		combinePlain(0.1, x, -0.7, y, 1e-3, z, want)
		if !slices.Equal(got, want) {
			t.Errorf("combine %d: %v, want %v", n, got, want)
		}
	}
}

func BenchmarkDot(b *testing.B) {
	for _, n := range []int{32, 128, 2048} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, y := random(1, n, 1), random(2, n, 1)
			for b.Loop() {
				dot(x, y)
			}
		})
	}
}
