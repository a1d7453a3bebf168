package loss

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/core/rng"
)

// golden is the part of tests/golden/golden.json under the keys.
func golden(t *testing.T, out any, keys ...string) {
	t.Helper()
	text, err := os.ReadFile("../../tests/golden/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	raw := json.RawMessage(text)
	for _, key := range keys {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		if raw = m[key]; raw == nil {
			t.Fatalf("golden.json has no %v", keys)
		}
	}
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
}

type goldenLoss struct {
	Value      float64
	DA, DB     [][]float64
	DNegatives [][]float64
}

// goldenInputs returns matrices (3, 4), the queue (4, 4) and negatives (2, 4).
func goldenInputs(t *testing.T) (a, b, queue, negatives []float32) {
	t.Helper()
	var in struct{ A, B, Queue, Negatives [][]float64 }
	golden(t, &in, "inputs")
	return flat32(in.A), flat32(in.B), flat32(in.Queue), flat32(in.Negatives)
}

func flat32(x [][]float64) []float32 {
	var out []float32
	for _, row := range x {
		for _, v := range row {
			out = append(out, float32(v))
		}
	}
	return out
}

func flat64(x [][]float64) []float64 {
	var out []float64
	for _, row := range x {
		out = append(out, row...)
	}
	return out
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// closeTo fails unless |got - want| <= tolerance * scale everywhere, where scale
// is the largest |want|: gradients of one matrix share their rounding.
func closeTo(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var scale float64
	for _, v := range want {
		scale = math.Max(scale, math.Abs(v))
	}
	for i, v := range want {
		if d := math.Abs(float64(got[i]) - v); !(d <= tolerance*scale) {
			t.Fatalf("%s: value %d: got %.9g, want %.9g (off by %.2g of the largest)", what, i, got[i], v, d/scale)
		}
	}
}

// near fails unless got is want up to a relative tolerance.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Fatalf("%s: got %.12g, want %.12g (relative %.2g)", what, got, want, math.Abs(got-want)/math.Abs(want))
	}
}

// random is an (n, d) matrix of normal values, the same for the same seed.
func random(seed uint64, n, d int) []float32 {
	s := rng.Key{Seed: seed}.Stream()
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(s.Normal())
	}
	return x
}

// views is a second view of x: x plus noise.
func views(seed uint64, x []float32, noise float64) []float32 {
	s := rng.Key{Seed: seed, Operation: 1}.Stream()
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(float64(v) + noise*s.Normal())
	}
	return y
}

func times(x []float32, s float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(float64(v) * s)
	}
	return y
}

// hardInputs are pairs of views (n, d) that are hard in their own ways.
func hardInputs(n, d int) map[string][2][]float32 {
	base, other := random(3, n, d), random(4, n, d)
	one := make([]float32, n*d) // all rows near one direction
	for i := range one {
		one[i] = 1 + 0.01*base[i]
	}
	return map[string][2][]float32{
		"random":          {base, other},
		"nearly parallel": {base, views(5, base, 1e-3)},
		"nearly opposite": {base, views(6, times(base, -1), 1e-3)},
		"one direction":   {one, views(7, one, 0.01)},
		"huge":            {times(base, 1e15), times(other, 1e15)},
		"tiny":            {times(base, 1e-9), times(other, 1e-9)},
	}
}

// wants fails unless err is a *core.Error of that code, operation and argument
// whose message holds the text.
func wants(t *testing.T, err error, code core.Code, op, argument, text string) {
	t.Helper()
	var e *core.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *core.Error", err)
	}
	if e.Code != code || e.Op != op || e.Argument != argument || !strings.Contains(e.Msg, text) {
		t.Fatalf("got %d %q, want %d %s: %s: ...%s...", e.Code, e.Error(), code, op, argument, text)
	}
}

// withThreads runs f with each thread count and restores the setting.
func withThreads(t *testing.T, f func(threads int)) {
	t.Helper()
	defer func() {
		if err := par.SetThreads(0); err != nil {
			t.Fatal(err)
		}
	}()
	for _, n := range []int{1, 2, 16} {
		if err := par.SetThreads(n); err != nil {
			t.Fatal(err)
		}
		f(n)
	}
}

// differences is the gradient of value at x by central differences in float64,
// extrapolated once; step is relative to the largest |x|.
func differences(value func() float64, x []float64) []float64 {
	var largest float64
	for _, v := range x {
		largest = math.Max(largest, math.Abs(v))
	}
	slope := func(i int, h float64) float64 {
		old := x[i]
		x[i] = old + h
		up := value()
		x[i] = old - h
		down := value()
		x[i] = old
		return (up - down) / (2 * h)
	}
	out := make([]float64, len(x))
	for i := range x {
		h := 1e-4 * largest
		out[i] = (4*slope(i, h/2) - slope(i, h)) / 3
	}
	return out
}

func bits(x ...[]float32) []uint32 {
	var out []uint32
	for _, s := range x {
		for _, v := range s {
			out = append(out, math.Float32bits(v))
		}
	}
	return out
}
