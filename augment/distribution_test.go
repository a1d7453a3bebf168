package augment

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"
)

// The tests of distributions have fixed seeds: they give the same verdict every
// time. The limits are those of a probability of 1e-4 for one test, so that a
// right distribution is not refused because a seed happens to be unusual.

// uniform wants the values to be uniform over low..high (Kolmogorov-Smirnov).
func uniform(t *testing.T, name string, values []float64, low, high float64) {
	t.Helper()
	ks(t, name, values, func(x float64) float64 { return (x - low) / (high - low) })
}

func ks(t *testing.T, name string, values []float64, cdf func(float64) float64) {
	t.Helper()
	slices.Sort(values)
	n := float64(len(values))
	worst := 0.0
	for i, x := range values {
		p := cdf(x)
		worst = max(worst, p-float64(i)/n, float64(i+1)/n-p)
	}
	if limit := 2.23 / math.Sqrt(n); !(worst < limit) { // K(2.23) = 1 - 1e-4
		t.Errorf("%s: the distance of %d values from the distribution is %.4f, at most %.4f allowed", name, len(values), worst, limit)
	}
}

// chiSquare wants the counts to have the probabilities. Cells below an
// expectation of 5 are put together.
func chiSquare(t *testing.T, name string, counts []int, probabilities []float64) {
	t.Helper()
	n := 0
	for _, c := range counts {
		n += c
	}
	x, cells := 0.0, -1
	few, fewExpected := 0, 0.0
	add := func(got int, expected float64) {
		d := float64(got) - expected
		x += d * d / expected
		cells++
	}
	for i, c := range counts {
		expected := probabilities[i] * float64(n)
		switch {
		case expected == 0 && c > 0:
			t.Errorf("%s: cell %d cannot happen, but did %d times", name, i, c)
		case expected < 5:
			few += c
			fewExpected += expected
		default:
			add(c, expected)
		}
	}
	if fewExpected >= 5 {
		add(few, fewExpected)
	}
	// Wilson and Hilferty: the cube root is nearly normal; 3.72 leaves 1e-4.
	k := float64(cells)
	if k < 1 {
		return
	}
	limit := k * math.Pow(1-2/(9*k)+3.72*math.Sqrt(2/(9*k)), 3)
	if x > limit {
		t.Errorf("%s: chi-square %.1f with %.0f degrees of freedom, at most %.1f allowed", name, x, k, limit)
	}
}

func even(n int) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = 1 / float64(n)
	}
	return p
}

// drawn collects what an operation draws for many pictures.
func drawn(t *testing.T, operation string, h, w, n int) (values map[string][]float64, applied int, order map[string]int) {
	t.Helper()
	p := mustFrom(t, `{"size": 64, "operations": [`+operation+`, {"op": "Resize", "keep_aspect": false}]}`)
	values, order = map[string][]float64{}, map[string]int{}
	for i := range n {
		all, err := p.Explain(h, w, 3, 11, 2, int64(i), 1)
		if err != nil {
			t.Fatal(err)
		}
		if all[0].Applied {
			applied++
		}
		sequence := ""
		for _, d := range all[:len(all)-1] {
			for _, x := range d.Values {
				values[x.Name] = append(values[x.Name], x.Value)
				sequence += x.Name[:1]
			}
			if d.Applied {
				sequence += d.Op[:1]
			}
		}
		order[sequence]++
	}
	return values, applied, order
}

// Every operation that has a chance happens as often as it says, and no operation
// without one is ever left out.
func TestEveryChance(t *testing.T) {
	const n, p = 20_000, 0.3
	for _, kind := range kinds {
		op := kind()
		field := reflect.ValueOf(op).Elem().FieldByName("P")
		document := map[string]any{"op": op.name()}
		want := []float64{1, 0}
		if field.IsValid() {
			document["p"] = p
			want = []float64{p, 1 - p}
		}
		switch op.(type) {
		case *GaussianNoise:
			document["sigma"] = []int{1, 2}
		case *OneOf, *RandomOrder:
			document["operations"] = []any{map[string]any{"op": "Sobel"}}
		}
		if (op.chance() == certain) == field.IsValid() {
			t.Errorf("%s: a field p and no chance, or the other way round", op.name())
		}
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		_, applied, _ := drawn(t, string(text), 64, 64, n)
		chiSquare(t, op.name(), []int{applied, n - applied}, want)
		if !field.IsValid() && applied != n {
			t.Errorf("%s: left out %d times", op.name(), n-applied)
		}
	}
}
