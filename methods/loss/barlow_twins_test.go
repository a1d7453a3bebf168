package loss

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core"
)

// slowBarlow is the definition in float64.
func slowBarlow(a, b []float64, n, d int, weight float64) (value, diagonal, off float64) {
	standard := func(x []float64) []float64 {
		out := make([]float64, n*d)
		for c := range d {
			var mean, variance float64
			for i := range n {
				mean += x[i*d+c] / float64(n)
			}
			for i := range n {
				variance += (x[i*d+c] - mean) * (x[i*d+c] - mean) / float64(n)
			}
			for i := range n {
				out[i*d+c] = (x[i*d+c] - mean) / math.Sqrt(variance+1e-5)
			}
		}
		return out
	}
	za, zb := standard(a), standard(b)
	for i := range d {
		for j := range d {
			var c float64
			for r := range n {
				c += za[r*d+i] * zb[r*d+j] / float64(n)
			}
			if i == j {
				diagonal += (c - 1) * (c - 1)
			} else {
				off += c * c
			}
		}
	}
	return diagonal + weight*off, diagonal, off
}

func TestBarlowTwinsGolden(t *testing.T) {
	a, b, _, _ := goldenInputs(t)
	var want goldenLoss
	golden(t, &want, "barlow_twins", "w=0.0051")
	ga, gb := make([]float32, 12), make([]float32, 12)
	value, err := BarlowTwins(a, b, 3, 4, DefaultBarlowTwins(), ga, gb)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "barlow_twins", value, want.Value, 1e-6)
	closeTo(t, "barlow_twins da", ga, flat64(want.DA), 5e-6)
	closeTo(t, "barlow_twins db", gb, flat64(want.DB), 5e-6)
	diagonal, off, err := BarlowTwinsParts(a, b, 3, 4, DefaultBarlowTwins(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var part float64
	golden(t, &part, "barlow_twins", "diagonal")
	near(t, "diagonal", diagonal, part, 1e-6)
	golden(t, &part, "barlow_twins", "off_diagonal")
	near(t, "off_diagonal", off, part, 1e-6)
}

// Both evaluations, by columns and (2n <= d) by rows, on both sides of the borders
// of their pieces; the gradient along random directions where there are too many
// values to differ one by one.
func TestBarlowTwinsDifferences(t *testing.T) {
	for _, size := range [][2]int{{2, 1}, {2, 3}, {2, 4}, {5, 7}, {9, 30}, {40, 63}, {70, 65}, {130, 40}, {20, 300}, {130, 261}, {140, 290}} {
		n, d := size[0], size[1]
		a := random(1, n, d)
		b := views(2, a, 0.7)
		for i := range a { // means and scales of their own
			a[i] = a[i]*float32(1+i%d%3) + float32(i%d%5)
		}
		for _, weight := range []float64{0.0051, 0, 0.5} {
			if n*d > 1000 && weight != 0.0051 {
				continue // the oracle takes n·d² steps
			}
			ga, gb := make([]float32, n*d), make([]float32, n*d)
			diagonal, off, err := BarlowTwinsParts(a, b, n, d, BarlowTwinsOptions{OffDiagonalWeight: weight}, ga, gb)
			if err != nil {
				t.Fatal(err)
			}
			x, y := widen(a), widen(b)
			what := fmt.Sprintf("%v, weight %v", size, weight)
			value, wantDiagonal, wantOff := slowBarlow(x, y, n, d, weight)
			// C is right to 1e-7: a sum of d squares near 0 has fewer digits.
			close := func(part string, got, want float64) {
				t.Helper()
				if math.Abs(got-want) > 1e-5*want+2e-7*math.Sqrt(want*float64(d))+1e-12 {
					t.Fatalf("%s: %s: got %.10g, want %.10g", what, part, got, want)
				}
			}
			close("value", diagonal+weight*off, value)
			close("diagonal", diagonal, wantDiagonal)
			close("off", off, wantOff)
			if n*d <= 300 {
				f := func() float64 { v, _, _ := slowBarlow(x, y, n, d, weight); return v }
				for side, want := range [][]float64{differences(f, x), differences(f, y)} {
					got := [][]float32{ga, gb}[side]
					closeTo(t, fmt.Sprintf("%s: gradient %d", what, side), got, want, 1e-5)
				}
				continue
			}
			along(t, what+": da", ga, x, func() float64 { v, _, _ := slowBarlow(x, y, n, d, weight); return v })
			along(t, what+": db", gb, y, func() float64 { v, _, _ := slowBarlow(x, y, n, d, weight); return v })
		}
	}
}

// Inputs for which the terms of the gradient cancel, or which eps governs.
func TestBarlowTwinsHardInputs(t *testing.T) {
	for _, size := range [][2]int{{2, 3}, {3, 2}, {3, 8}, {5, 7}, {12, 5}} {
		n, d := size[0], size[1]
		for name, in := range hardInputs(n, d) {
			if name == "tiny" { // no difference shows in what is below eps, but near it
				in = [2][]float32{times(in[0], 1e6), times(in[1], 1e6)}
			}
			ga, gb := make([]float32, n*d), make([]float32, n*d)
			value, err := BarlowTwins(in[0], in[1], n, d, DefaultBarlowTwins(), ga, gb)
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprint(name, size)
			x, y := widen(in[0]), widen(in[1])
			f := func() float64 { v, _, _ := slowBarlow(x, y, n, d, 0.0051); return v }
			near(t, what, value, f(), 1e-5)
			if n == 2 && name == "huge" {
				continue // the gradient is 1e-50, far below what differences see
			}
			closeTo(t, what+": da", ga, differences(f, x), 1e-5)
			closeTo(t, what+": db", gb, differences(f, y), 1e-5)
		}
	}
}

// Slices of the rows add up to the whole: the gradients bit by bit.
func TestBarlowTwinsSlices(t *testing.T) {
	for _, size := range [][2]int{{2, 3}, {9, 4}, {9, 30}} { // each evaluation
		n, d := size[0], size[1]
		a := random(1, n, d)
		b := views(2, a, 0.7)
		whole := [2][]float32{make([]float32, n*d), make([]float32, n*d)}
		value, err := BarlowTwins(a, b, n, d, DefaultBarlowTwins(), whole[0], whole[1])
		if err != nil {
			t.Fatal(err)
		}
		sum, total := 0.0, [2][]float32{make([]float32, n*d), make([]float32, n*d)}
		for _, s := range [][2]int{{0, 1}, {1, n - 1}, {n - 1, n}} {
			if s[0] == s[1] {
				continue
			}
			opt := DefaultBarlowTwins()
			opt.Lo, opt.Hi = s[0], s[1]
			part := [2][]float32{make([]float32, n*d), make([]float32, n*d)}
			v, err := BarlowTwins(a, b, n, d, opt, part[0], part[1])
			if err != nil {
				t.Fatal(err)
			}
			sum += v
			for g := range part {
				for i, x := range part[g] {
					total[g][i] += x
				}
			}
		}
		near(t, fmt.Sprint("value", size), sum, value, 1e-14)
		if !slices.Equal(bits(total[:]...), bits(whole[:]...)) {
			t.Errorf("%v: the slices' gradients add up to others", size)
		}
		for _, bad := range [][2]int{{-1, 1}, {1, 1}, {0, n + 1}} {
			opt := DefaultBarlowTwins()
			opt.Lo, opt.Hi = bad[0], bad[1]
			_, err := BarlowTwins(a, b, n, d, opt, nil, nil)
			wants(t, err, core.EInval, "barlow_twins", "lo, hi", "want 0 <= lo < hi")
		}
	}
}

// along compares the gradient with differences of the value along itself: what
// is wrong in any large part of it shows.
func along(t *testing.T, what string, g []float32, x []float64, value func() float64) {
	t.Helper()
	var length float64
	for _, v := range g {
		length += float64(v) * float64(v)
	}
	length = math.Sqrt(length)
	start := slices.Clone(x)
	at := func(h float64) float64 {
		for i := range x {
			x[i] = start[i] + h*float64(g[i])/length
		}
		return value()
	}
	const h = 1e-3
	slope := (8*(at(h/2)-at(-h/2)) - (at(h) - at(-h))) / (6 * h)
	copy(x, start)
	near(t, what+" along itself", slope, length, 1e-4)
}

func TestBarlowTwinsInvariances(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {20, 60}} {
		n, d := size[0], size[1]
		a := random(3, n, d)
		b := views(4, a, 0.5)
		ga, gb := make([]float32, n*d), make([]float32, n*d)
		opt := BarlowTwinsOptions{OffDiagonalWeight: 0.01}
		value, err := BarlowTwins(a, b, n, d, opt, ga, gb)
		if err != nil {
			t.Fatal(err)
		}
		// Per dimension, gradients sum to 0 and are orthogonal to the values (up to eps).
		for c := range d {
			var sum, with, size float64
			for i := range n {
				g := float64(ga[i*d+c])
				sum += g
				with += g * float64(a[i*d+c])
				size += math.Abs(g)
			}
			if math.Abs(sum) > 1e-6*size || math.Abs(with) > 1e-3*size {
				t.Fatalf("column %d: Σg = %v, Σgz = %v, Σ|g| = %v", c, sum, with, size)
			}
		}
		// A positive scale and a shift of a dimension change nothing, up to eps.
		moved := slices.Clone(a)
		for i := range n {
			moved[i*d+1] = 3*moved[i*d+1] + 7
		}
		same, err := BarlowTwins(moved, b, n, d, opt, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "moved", same, value, 1e-4)
		// The views swapped: the gradients too.
		ha, hb := make([]float32, n*d), make([]float32, n*d)
		if _, err := BarlowTwins(b, a, n, d, opt, ha, hb); err != nil {
			t.Fatal(err)
		}
		closeTo(t, "swapped a", hb, widen(ga), 1e-5)
		closeTo(t, "swapped b", ha, widen(gb), 1e-5)
		// One gradient alone.
		clear(hb)
		if _, err := BarlowTwins(a, b, n, d, opt, nil, hb); err != nil || !slices.Equal(hb, gb) {
			t.Errorf("gradient of b alone differs: %v", err)
		}
	}
}

func TestBarlowTwinsKnown(t *testing.T) {
	// Uncorrelated columns of ±1 (a Hadamard matrix without its constant column).
	const n, d = 8, 7
	x := make([]float32, n*d)
	for i := range n {
		for c := range d {
			sign := 0
			for v := i & (c + 1); v > 0; v &= v - 1 {
				sign++
			}
			x[i*d+c] = float32(1 - 2*(sign%2))
		}
	}
	opt := BarlowTwinsOptions{OffDiagonalWeight: 0.3}
	if v, err := BarlowTwins(x, x, n, d, opt, nil, nil); err != nil || v > 1e-8 {
		t.Errorf("b = a, uncorrelated: %v %v, want 0", v, err)
	}
	minus := make([]float32, n*d)
	for i, v := range x {
		minus[i] = -v
	}
	diagonal, _, err := BarlowTwinsParts(x, minus, n, d, opt, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "b = -a: diagonal", diagonal, 4*d, 1e-4)
	for _, wide := range []int{3, 40} { // both evaluations
		equal := make([]float32, n*wide)
		for i := range equal {
			equal[i] = x[i/wide*d]
		}
		_, off, err := BarlowTwinsParts(equal, equal, n, wide, opt, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "all columns equal: off", off, float64(wide*(wide-1)), 1e-4)
		ga := make([]float32, n*wide)
		constant := make([]float32, n*wide)
		diagonal, off, err := BarlowTwinsParts(constant, equal, n, wide, opt, ga, nil)
		if err != nil || off != 0 {
			t.Errorf("constant columns: off %v %v, want 0", off, err)
		}
		near(t, "constant columns: diagonal", diagonal, float64(wide), 1e-9)
		for _, g := range ga {
			if !finite(float64(g)) {
				t.Fatalf("constant columns: gradient %v", g)
			}
		}
	}
}

func TestBarlowTwinsThreads(t *testing.T) {
	for _, size := range [][2]int{{200, 330}, {150, 700}} {
		n, d := size[0], size[1]
		a := random(1, n, d)
		b := views(1, a, 0.4)
		ga, gb := make([]float32, n*d), make([]float32, n*d)
		var first []uint32
		withThreads(t, func(threads int) {
			v, err := BarlowTwins(a, b, n, d, DefaultBarlowTwins(), ga, gb)
			if err != nil {
				t.Fatal(err)
			}
			got := bits(ga, gb, []float32{float32(v)})
			if first == nil {
				first = got
			} else if !slices.Equal(got, first) {
				t.Errorf("%v: %d threads give other bits", size, threads)
			}
		})
	}
}

func TestBarlowTwinsWeight(t *testing.T) {
	a, b := random(1, 3, 2), random(2, 3, 2)
	for _, w := range []float64{-1, math.NaN(), math.Inf(1)} {
		_, err := BarlowTwins(a, b, 3, 2, BarlowTwinsOptions{OffDiagonalWeight: w}, nil, nil)
		wants(t, err, core.EInval, "barlow_twins", "off_diagonal_weight", "at least 0")
	}
}
