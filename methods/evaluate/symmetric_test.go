package evaluate

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// eigenvaluesOf leaves x as it is.
func eigenvaluesOf(t *testing.T, x []float64, n int) []float64 {
	t.Helper()
	values, ok := new(eigen).values(slices.Clone(x), n)
	if !ok {
		t.Fatalf("%d x %d: not converged", n, n)
	}
	return values
}

// Against gonum's own, for sizes around the lanes and of every kind: full, of low
// rank, with multiple eigenvalues, tridiagonal and diagonal already.
func TestEigenvalues(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 33, 100} {
		random := normal(uint64(n), n*n)
		for name, entry := range map[string]func(i, j int) float64{
			"random": func(i, j int) float64 { return float64(random[i*n+j]) },
			"rank 1": func(i, j int) float64 { return float64(random[i]) * float64(random[j]) },
			"rank 2": func(i, j int) float64 {
				return float64(random[i])*float64(random[j]) + float64(random[n*n-1-i])*float64(random[n*n-1-j])
			},
			"equal":       func(i, j int) float64 { return 3 },
			"zero":        func(i, j int) float64 { return 0 },
			"tridiagonal": func(i, j int) float64 { return max(0, 2-float64(i-j)) },
			"diagonal": func(i, j int) float64 {
				if i == j {
					return float64(random[i])
				}
				return 0
			},
			"small": func(i, j int) float64 { return 1e-90 * float64(random[i*n+j]) },
		} {
			lower, full := make([]float64, n*n), mat.NewSymDense(n, nil)
			for i := range n {
				for j := range n {
					if lower[i*n+j] = math.NaN(); j <= i { // the upper half is not read
						lower[i*n+j] = entry(i, j)
						full.SetSym(i, j, entry(i, j))
					}
				}
			}
			var eigen mat.EigenSym
			if !eigen.Factorize(full, false) {
				t.Fatal("the reference did not converge")
			}
			want, got := eigen.Values(nil), eigenvaluesOf(t, lower, n)
			scale := math.Max(math.Abs(want[0]), math.Abs(want[n-1]))
			for i := range n {
				if !(math.Abs(got[i]-want[i]) <= 1e-13*float64(n)*scale) {
					t.Errorf("%s, %d x %d: eigenvalue %d: want %.17g, got %.17g", name, n, n, i, want[i], got[i])
				}
			}
		}
	}
}

// The rank from the Gram matrix's eigenvalues is that from the singular values of
// the embeddings themselves.
func TestEffectiveRankIsThatOfTheSingularValues(t *testing.T) {
	for _, shape := range [][2]int{{60, 20}, {20, 60}, {33, 33}, {200, 128}, {128, 130}} {
		n, d := shape[0], shape[1]
		x := normal(9, n*d)
		for i := range x {
			x[i] *= float32(math.Exp2(-float64(i%d) / 10)) // singular values of many sizes
		}
		unit := mat.NewDense(n, d, nil)
		for i := range n {
			length := 0.0
			for _, v := range x[i*d : (i+1)*d] {
				length += float64(v) * float64(v)
			}
			for j, v := range x[i*d : (i+1)*d] {
				unit.Set(i, j, float64(v)/math.Sqrt(length))
			}
		}
		var svd mat.SVD
		if !svd.Factorize(unit, mat.SVDNone) {
			t.Fatal("the reference did not converge")
		}
		total, entropy := 0.0, 0.0
		for _, s := range svd.Values(nil) {
			total += s
		}
		for _, s := range svd.Values(nil) {
			if p := s / total; p > 0 {
				entropy -= p * math.Log(p)
			}
		}
		got, err := EffectiveRank(x, n, d)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "rank", got, math.Exp(entropy), 1e-7)
	}
}
