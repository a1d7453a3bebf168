//go:build goexperiment.simd && amd64

package evaluate

import (
	"math"
	"testing"
)

// Vectors and plain Go differ by rounding alone.
func TestVectorsAndPlain(t *testing.T) {
	if !fast {
		t.Skip("this processor has no AVX2")
	}
	defer func() { fast = true }()
	for _, n := range []int{1, 3, 4, 5, 8, 21, 64, 67} {
		x := normal(uint64(n), n*n)
		a := make([]float64, n*n)
		for i, v := range x {
			a[i] = float64(v)
		}
		fast = true
		wide, wideDot := eigenvaluesOf(t, a, n), dot(a, a)
		fast = false
		plain, plainDot := eigenvaluesOf(t, a, n), dot(a, a)
		for i := range n {
			if math.Abs(wide[i]-plain[i]) > 1e-12*float64(n) {
				t.Errorf("%d: eigenvalue %d: %.17g in vectors, %.17g", n, i, wide[i], plain[i])
			}
		}
		if math.Abs(wideDot-plainDot) > 1e-13*plainDot {
			t.Errorf("%d: dot %.17g in vectors, %.17g", n, wideDot, plainDot)
		}
	}
}
