package evaluate

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

func golden(t *testing.T, key string, out any) {
	t.Helper()
	text, err := os.ReadFile("../../tests/golden/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[key], out); err != nil {
		t.Fatalf("golden.json: %s: %v", key, err)
	}
}

func flat(x [][]float64) []float32 {
	var out []float32
	for _, row := range x {
		for _, v := range row {
			out = append(out, float32(v))
		}
	}
	return out
}

func wants(t *testing.T, err error, code core.Code, op, argument, text string) {
	t.Helper()
	var e *core.Error
	if !errors.As(err, &e) || e.Code != code || e.Op != op || e.Argument != argument || !strings.Contains(e.Msg, text) {
		t.Errorf("got %v, want code %d, %s: %s: ...%s...", err, code, op, argument, text)
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %.10g, want %.10g", what, got, want)
	}
}

func normal(seed uint64, n int) []float32 {
	s := rng.Key{Seed: seed, Operation: rng.Data}.Stream()
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(s.Normal())
	}
	return x
}

// clusters is n rows of d values around one centre a class, and their labels.
func clusters(seed uint64, n, d, classes int, spread float64) ([]float32, []int64) {
	centres := normal(1234, classes*d)
	s := rng.Key{Seed: seed, Operation: rng.Data}.Stream()
	x, labels := make([]float32, n*d), make([]int64, n)
	for i := range n {
		c := s.Intn(classes)
		labels[i] = int64(c)
		for j := range d {
			x[i*d+j] = centres[c*d+j] + float32(spread*s.Normal())
		}
	}
	return x, labels
}

func withThreads(t *testing.T, f func(threads int)) {
	t.Helper()
	defer func() { _ = par.SetThreads(0) }()
	for _, n := range []int{1, 2, 16} {
		if err := par.SetThreads(n); err != nil {
			t.Fatal(err)
		}
		f(n)
	}
}
