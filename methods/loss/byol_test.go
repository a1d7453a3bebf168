package loss

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core"
)

func slowBYOL(p, q []float64, n, d int) float64 {
	up, uq := unit64(p, n, d), unit64(q, n, d)
	total := 0.0
	for i := range up {
		e := up[i] - uq[i]
		total += e * e / float64(n)
	}
	return total
}

func TestBYOLGolden(t *testing.T) {
	a, b, _, _ := goldenInputs(t)
	var want goldenLoss
	golden(t, &want, "byol")
	g := make([]float32, 12)
	value, err := BYOL(a, b, 3, 4, g)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "byol", value, want.Value, 1e-6)
	closeTo(t, "byol dp", g, flat64(want.DA), 1e-6)
}

func TestBYOLDifferences(t *testing.T) {
	for _, size := range [][2]int{{1, 2}, {7, 5}, {40, 1030}} {
		n, d := size[0], size[1]
		p := random(1, n, d)
		for name, q := range map[string][]float32{"random": random(2, n, d), "nearly parallel": views(3, p, 1e-3)} {
			g := make([]float32, n*d)
			value, err := BYOL(p, q, n, d, g)
			if err != nil {
				t.Fatal(err)
			}
			x, y := widen(p), widen(q)
			what := fmt.Sprint(name, size)
			near(t, what, 1+value, 1+slowBYOL(x, y, n, d), 1e-13) // cosines in float64
			if d < 100 {
				closeTo(t, what, g, differences(func() float64 { return slowBYOL(x, y, n, d) }, x), 1e-5)
			}
		}
	}
}

func TestBYOLHardInputs(t *testing.T) {
	const n, d = 5, 7
	for name, in := range hardInputs(n, d) {
		g := make([]float32, n*d)
		value, err := BYOL(in[0], in[1], n, d, g)
		if err != nil {
			t.Fatal(err)
		}
		x, y := widen(in[0]), widen(in[1])
		near(t, name, value, slowBYOL(x, y, n, d), 1e-9)
		closeTo(t, name, g, differences(func() float64 { return slowBYOL(x, y, n, d) }, x), 1e-6)
	}
}

func TestBYOLKnown(t *testing.T) {
	for what, c := range map[string]struct {
		target []float32
		want   float64
	}{"equal": {[]float32{2, 0, 0, 3}, 0}, "orthogonal": {[]float32{0, 1, 5, 0}, 2}, "opposite": {[]float32{-1, 0, 0, -9}, 4}, "zero": {[]float32{0, 0, 0, 0}, 2}} {
		g := make([]float32, 4)
		value, err := BYOL([]float32{1, 0, 0, 1}, c.target, 2, 2, g)
		if err != nil || math.Abs(value-c.want) > 1e-12 {
			t.Errorf("%s: %v %v, want %v", what, value, err, c.want)
		}
	}
	// The scale of a row changes nothing but its gradient.
	p, q := random(1, 4, 3), random(2, 4, 3)
	g, h := make([]float32, 12), make([]float32, 12)
	v, _ := BYOL(p, q, 4, 3, g)
	for j := range 3 {
		p[j] *= 4
		q[3+j] *= 0.5
	}
	w, err := BYOL(p, q, 4, 3, h)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "scaled", w, v, 1e-12)
	for j := range 3 {
		h[j] *= 4
	}
	closeTo(t, "scaled gradient", h, widen(g), 1e-6)
}

func TestBYOLThreadsAndBadInput(t *testing.T) {
	p, q := random(1, 3000, 40), random(2, 3000, 40)
	g := make([]float32, len(p))
	var first []uint32
	withThreads(t, func(threads int) {
		v, err := BYOL(p, q, 3000, 40, g)
		if err != nil {
			t.Fatal(err)
		}
		got := bits(g, []float32{float32(v)})
		if first == nil {
			first = got
		} else if !slices.Equal(got, first) {
			t.Errorf("%d threads give other bits", threads)
		}
	})
	q[2999*40+7] = float32(math.NaN())
	_, err := BYOL(p, q, 3000, 40, nil) // far beyond the first piece of work
	wants(t, err, core.ENumeric, "byol", "target", "row 2999, column 7")
}
