package loss

import (
	"math"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

// ulps is the distance of got from want in units of the last place of want.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	unit := float64(math.Nextafter32(w, math.MaxFloat32)) - float64(w)
	return math.Abs(float64(got)-want) / unit
}

func TestExp2(t *testing.T) {
	var worst float64
	check := func(x, got float32) {
		if e := ulps(got, math.Exp2(float64(x))); e > worst {
			worst = e
		}
	}
	const n = 64
	tile := make([]float32, n)
	for i := range 200000 {
		x := -126 + 252*float32(i)/200000
		check(x, exp2(x))
		tile[i%n] = x
		if i%n == n-1 {
			in := append([]float32(nil), tile...)
			weights(tile, 1, n, []float32{0}, nil)
			for j := range tile {
				check(in[j], tile[j])
			}
		}
	}
	if worst >= 2 {
		t.Errorf("error of %.3f ulp, want less than 2", worst)
	}
	for _, x := range []float32{float32(math.Inf(-1)), -1e30, -200, -127} {
		if y := exp2(x); y != 0 {
			t.Errorf("exp2(%v) = %v, want 0", x, y)
		}
	}
	if y := exp2(0); y != 1 {
		t.Errorf("exp2(0) = %v", y)
	}
	t.Logf("largest error %.3f ulp", worst)
}

// The vector versions agree with the plain ones: maxima exactly, exponentials to
// 2e-7 and sums to 1e-6 relative, also where columns or rows are masked.
func TestVectorTwins(t *testing.T) {
	s := rng.Key{Seed: 1}.Stream()
	const low = -math.MaxFloat32
	for _, size := range [][2]int{{1, 8}, {3, 16}, {64, 64}, {17, 264}} {
		rows, stride := size[0], size[1]
		tile := make([]float32, rows*stride)
		rowShift, colShift := make([]float32, rows), make([]float32, stride)
		for i := range tile {
			tile[i] = float32(s.Uniform(-140, 0))
			if s.Chance(0.1) {
				tile[i] = float32(math.Inf(-1))
			}
		}
		for c := range stride {
			colShift[c] = low
		}
		for r := range rows {
			rowShift[r] = low
		}
		r2, c2 := append([]float32(nil), rowShift...), append([]float32(nil), colShift...)
		maxima(tile, rows, stride, rowShift, colShift)
		maximaPlain(tile, rows, stride, r2, c2)
		same(t, "row maxima", rowShift, r2, 0)
		same(t, "column maxima", colShift, c2, 0)
		rs, cs, rs2, cs2 := make([]float32, rows), make([]float32, stride), make([]float32, rows), make([]float32, stride)
		sums(tile, rows, stride, rowShift, colShift, rs, cs)
		sumsPlain(tile, rows, stride, rowShift, colShift, rs2, cs2)
		same(t, "row sums", rs, rs2, 1e-6)
		same(t, "column sums", cs, cs2, 1e-6)
		sums(tile, rows, stride, rowShift, nil, rs, nil)
		same(t, "row sums alone", rs, rs2, 1e-6)
		for _, shift := range [][]float32{nil, colShift} {
			w, w2 := append([]float32(nil), tile...), append([]float32(nil), tile...)
			weights(w, rows, stride, rowShift, shift)
			weightsPlain(w2, rows, stride, rowShift, shift)
			same(t, "weights", w, w2, 2e-7)
		}
	}
}

func same(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= tolerance*math.Abs(float64(want[i]))+1e-37) {
			t.Fatalf("%s: %d: got %v, want %v", what, i, got[i], want[i])
		}
	}
}

func benchmarkWeights(b *testing.B, colShift []float32) {
	const n = 256
	tile, work := make([]float32, n*n), make([]float32, n*n)
	for i := range tile {
		tile[i] = -float32(i % 40)
	}
	shift := make([]float32, n)
	for b.Loop() {
		copy(work, tile)
		weights(work, n, n, shift, colShift)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(n*n), "ns/value")
}

func BenchmarkWeights(b *testing.B)    { benchmarkWeights(b, nil) }
func BenchmarkWeightsSum(b *testing.B) { benchmarkWeights(b, make([]float32, 256)) }
