package loss

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core"
)

// unit64 is x with rows of length 1, in float64.
func unit64(x []float64, n, d int) []float64 {
	out := make([]float64, n*d)
	for i := range n {
		var s float64
		for _, v := range x[i*d : (i+1)*d] {
			s += v * v
		}
		for j, v := range x[i*d : (i+1)*d] {
			out[i*d+j] = v / math.Max(math.Sqrt(s), 1e-12)
		}
	}
	return out
}

func dot64(x, y []float64) (s float64) {
	for i := range x {
		s += x[i] * y[i]
	}
	return s
}

// slowNTXent is the definition in float64, with the analytic gradient of the
// softmax form: an oracle that shares no code with NTXent. The gradient itself
// is checked against differences in TestNTXentOracle.
func slowNTXent(a, b []float64, n, d int, t float64) (value float64, ga, gb []float64) {
	m := 2 * n
	z := append(slices.Clone(a), b...)
	u := unit64(z, m, d)
	row := func(i int) []float64 { return u[i*d : (i+1)*d] }
	h := make([]float64, m*d)
	for i := range m {
		p := (i + n) % m
		s := dot64(row(i), row(p)) / t
		var others float64 // Σ e^(s_ik - s_ip) over negatives
		for k := range m {
			if k != i && k != p {
				others += math.Exp(dot64(row(i), row(k))/t - s)
			}
		}
		value += math.Log1p(others) / float64(m)
		for k := range m {
			if k == i {
				continue
			}
			g := -others / (1 + others)
			if k != p {
				g = math.Exp(dot64(row(i), row(k))/t-s) / (1 + others)
			}
			g /= float64(m) * t
			for j := range d {
				h[i*d+j] += g * u[k*d+j]
				h[k*d+j] += g * u[i*d+j]
			}
		}
	}
	out := make([]float64, m*d)
	for i := range m {
		length := math.Max(math.Sqrt(dot64(z[i*d:(i+1)*d], z[i*d:(i+1)*d])), 1e-12)
		along := dot64(row(i), h[i*d:(i+1)*d])
		if length == 1e-12 {
			along = 0
		}
		for j := range d {
			out[i*d+j] = (h[i*d+j] - along*u[i*d+j]) / length
		}
	}
	return value, out[:n*d], out[n*d:]
}

func ntXent(t *testing.T, a, b []float32, n, d int, temperature float64) (float64, []float32, []float32) {
	t.Helper()
	ga, gb := make([]float32, n*d), make([]float32, n*d)
	value, err := NTXent(a, b, n, d, NTXentOptions{Temperature: temperature}, ga, gb)
	if err != nil {
		t.Fatal(err)
	}
	return value, ga, gb
}

func TestNTXentGolden(t *testing.T) {
	a, b, _, _ := goldenInputs(t)
	for key, temperature := range map[string]float64{"t=0.1": 0.1, "t=0.5": 0.5} {
		var want goldenLoss
		golden(t, &want, "nt_xent", key)
		value, ga, gb := ntXent(t, a, b, 3, 4, temperature)
		near(t, key, value, want.Value, 1e-6)
		closeTo(t, key+" da", ga, flat64(want.DA), 2e-6)
		closeTo(t, key+" db", gb, flat64(want.DB), 2e-6)
	}
	var want float64
	golden(t, &want, "nt_xent", "identical rows, n=4")
	rows := []float32{1, 2, 1, 2, 1, 2, 1, 2}
	value, _, _ := ntXent(t, rows, rows, 4, 2, 0.5)
	near(t, "identical rows", value, want, 1e-6)
	golden(t, &want, "nt_xent", "orthonormal pairs, n=4, t=0.5")
	eye := make([]float32, 4*5)
	for i := range 4 {
		eye[i*5+i] = 1
	}
	value, _, _ = ntXent(t, eye, eye, 4, 5, 0.5)
	near(t, "orthonormal pairs", value, want, 1e-6)
}

func TestNTXentOracle(t *testing.T) {
	const n, d = 3, 4
	a, b := widen(random(1, n, d)), widen(random(2, n, d))
	for _, temperature := range []float64{0.1, 1} {
		_, ga, gb := slowNTXent(a, b, n, d, temperature)
		value := func() float64 { v, _, _ := slowNTXent(a, b, n, d, temperature); return v }
		for i, want := range differences(value, a) {
			if math.Abs(ga[i]-want) > 1e-8 {
				t.Fatalf("oracle: da[%d] = %v, differences say %v", i, ga[i], want)
			}
		}
		for i, want := range differences(value, b) {
			if math.Abs(gb[i]-want) > 1e-8 {
				t.Fatalf("oracle: db[%d] = %v, differences say %v", i, gb[i], want)
			}
		}
	}
}

// Gradients against central differences of the float64 value, for inputs that
// are hard in their own ways.
func TestNTXentDifferences(t *testing.T) {
	const n, d = 5, 7
	for name, in := range hardInputs(n, d) {
		for _, temperature := range []float64{0.01, 0.1, 0.5, 10} {
			what := fmt.Sprintf("%s, t=%v", name, temperature)
			a, b := widen(in[0]), widen(in[1])
			value := func() float64 { v, _, _ := slowNTXent(a, b, n, d, temperature); return v }
			got, ga, gb := ntXent(t, in[0], in[1], n, d, temperature)
			// float32 cosines are off by 1e-7, logits by that over the temperature.
			tolerance := 2e-6 + 2e-7/temperature
			near(t, what, got, value(), tolerance)
			if name == "one direction" {
				tolerance *= 100 // the gradient is a difference 0.01 as large as its terms
			}
			closeTo(t, what+": da", ga, differences(value, a), tolerance+1e-5)
			closeTo(t, what+": db", gb, differences(value, b), tolerance+1e-5)
		}
	}
}

// Sizes that are odd, not whole vectors, and on both sides of a tile's border.
func TestNTXentSizes(t *testing.T) {
	for _, size := range [][2]int{{2, 1}, {2, 3}, {3, 8}, {31, 5}, {63, 4}, {64, 17}, {65, 3}, {128, 9}, {129, 2}, {300, 6}, {513, 4}, {650, 3}} {
		n, d := size[0], size[1]
		a := random(uint64(n), n, d)
		b := views(uint64(n), a, 0.5)
		for _, temperature := range []float64{0.02, 0.2} {
			what := fmt.Sprintf("(%d, %d), t=%v", n, d, temperature)
			want, da, db := slowNTXent(widen(a), widen(b), n, d, temperature)
			got, ga, gb := ntXent(t, a, b, n, d, temperature)
			near(t, what, got, want, 1e-5)
			if d == 1 { // cosines of ±1 have no gradient, up to rounding
				for i := range ga {
					if math.Abs(float64(ga[i])) > 1e-12 || math.Abs(float64(gb[i])) > 1e-12 {
						t.Fatalf("%s: gradient %v, %v", what, ga[i], gb[i])
					}
				}
				continue
			}
			closeTo(t, what+": da", ga, da, 2e-5)
			closeTo(t, what+": db", gb, db, 2e-5)
		}
	}
}

func TestNTXentThreads(t *testing.T) {
	for _, n := range []int{40, 333, 700} {
		const d = 24
		a := random(9, n, d)
		b := views(9, a, 0.7)
		var first []uint32
		var firstValue float64
		withThreads(t, func(threads int) {
			value, ga, gb := ntXent(t, a, b, n, d, 0.1)
			if first == nil {
				first, firstValue = bits(ga, gb), value
			}
			if value != firstValue || !slices.Equal(bits(ga, gb), first) {
				t.Errorf("n=%d: %d threads give other bits", n, threads)
			}
		})
	}
}

func TestNTXentInvariances(t *testing.T) {
	const n, d, temperature = 20, 6, 0.3
	a := random(10, n, d)
	b := views(10, a, 0.8)
	value, ga, gb := ntXent(t, a, b, n, d, temperature)

	// Swapping the views swaps the gradients.
	swapped, hb, ha := ntXent(t, b, a, n, d, temperature)
	near(t, "swapped", swapped, value, 1e-7)
	closeTo(t, "swapped da", ha, widen(ga), 1e-5)
	closeTo(t, "swapped db", hb, widen(gb), 1e-5)

	// Permuting the pairs permutes the gradients.
	order := []int{7, 3, 19, 0, 11, 4, 15, 2, 9, 1, 18, 5, 13, 6, 17, 8, 10, 12, 14, 16}
	pick := func(x []float32) []float32 {
		var y []float32
		for _, i := range order {
			y = append(y, x[i*d:(i+1)*d]...)
		}
		return y
	}
	permuted, pa, pb := ntXent(t, pick(a), pick(b), n, d, temperature)
	near(t, "permuted", permuted, value, 1e-7)
	closeTo(t, "permuted da", pa, widen(pick(ga)), 1e-5)
	closeTo(t, "permuted db", pb, widen(pick(gb)), 1e-5)

	// Scaling a row by s > 0 changes nothing but its gradient, by 1/s.
	c := slices.Clone(a)
	for j := range d {
		c[3*d+j] *= 8
	}
	scaled, sa, _ := ntXent(t, c, b, n, d, temperature)
	near(t, "scaled", scaled, value, 1e-12)
	for j := range d {
		sa[3*d+j] *= 8
	}
	closeTo(t, "scaled da", sa, widen(ga), 1e-6)

	// A gradient is orthogonal to its row.
	for i := range n {
		z, g := widen(a[i*d:(i+1)*d]), widen(ga[i*d:(i+1)*d])
		if along := dot64(z, g) / math.Sqrt(dot64(z, z)*dot64(g, g)); math.Abs(along) > 1e-6 {
			t.Errorf("row %d: cosine with its gradient %v", i, along)
		}
	}

	// Without gradients, or with one, the value and the one are the same.
	only, err := NTXent(a, b, n, d, NTXentOptions{Temperature: temperature}, nil, nil)
	if err != nil || only != value {
		t.Errorf("value alone: %v %v, want %v", only, err, value)
	}
	half := make([]float32, n*d)
	if _, err := NTXent(a, b, n, d, NTXentOptions{Temperature: temperature}, nil, half); err != nil || !slices.Equal(half, gb) {
		t.Errorf("gradient of b alone differs: %v", err)
	}
}

// The closed forms, over sizes and temperatures.
func TestNTXentClosedForms(t *testing.T) {
	for _, n := range []int{2, 7, 200} {
		for _, temperature := range []float64{0.01, 0.1, 0.5, 10} {
			rows := make([]float32, n*3)
			for i := range rows {
				rows[i] = float32(1 + i%3)
			}
			value, ga, _ := ntXent(t, rows, rows, n, 3, temperature)
			near(t, "identical rows", value, math.Log(float64(2*n-1)), 2e-5)
			for _, g := range ga {
				if !(math.Abs(float64(g)) < 1e-5/temperature) {
					t.Fatalf("identical rows: gradient %v", g)
				}
			}
			eye := make([]float32, n*n)
			for i := range n {
				eye[i*n+i] = 2
			}
			value, _, _ = ntXent(t, eye, eye, n, n, temperature)
			near(t, "orthonormal pairs", value, math.Log1p(float64(2*n-2)*math.Exp(-1/temperature)), 1e-5)
		}
	}
}

func TestNTXentZeroRows(t *testing.T) {
	const n, d = 3, 4
	a, b := random(1, n, d), random(2, n, d)
	for j := range d {
		a[d+j] = 0
	}
	want, da, _ := slowNTXent(widen(a), widen(b), n, d, 0.5)
	value, ga, gb := ntXent(t, a, b, n, d, 0.5)
	near(t, "value", value, want, 1e-6)
	closeTo(t, "the zero row's gradient", ga[d:2*d], da[d:2*d], 1e-5)
	for _, v := range append(slices.Clone(ga), gb...) {
		if !finite(float64(v)) {
			t.Fatalf("gradient %v", v)
		}
	}
}

func TestNTXentLogits(t *testing.T) {
	for _, n := range []int{2, 9, 70} {
		const d, temperature = 6, 0.2
		a := random(20, n, d)
		b := views(20, a, 0.6)
		opt := NTXentOptions{Temperature: temperature}
		m := 2 * n
		logits, labels := make([]float32, m*m), make([]int64, m)
		if err := NTXentLogits(a, b, n, d, opt, logits, labels); err != nil {
			t.Fatal(err)
		}
		want, right := 0.0, 0
		for i := range m {
			row := logits[i*m : (i+1)*m]
			if !math.IsInf(float64(row[i]), -1) {
				t.Fatalf("logit (%d, %d) is %v, want -Inf", i, i, row[i])
			}
			if labels[i] != int64((i+n)%m) {
				t.Fatalf("label %d is %d", i, labels[i])
			}
			var sum float64
			best := 0
			for k, s := range row {
				sum += math.Exp(float64(s))
				if s > row[best] {
					best = k
				}
			}
			if int64(best) == labels[i] {
				right++
			}
			want += (math.Log(sum) - float64(row[labels[i]])) / float64(m)
		}
		value, accuracy, err := NTXentAccuracy(a, b, n, d, opt, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "mean cross-entropy", value, want, 1e-6)
		if accuracy != float64(right)/float64(m) || accuracy == 0 || accuracy == 1 && n == 70 {
			t.Errorf("accuracy %v, the logits say %d of %d", accuracy, right, m)
		}
	}
	// A collapsed encoder guesses nothing.
	rows := []float32{1, 2, 1, 2, 1, 2}
	if _, accuracy, err := NTXentAccuracy(rows, rows, 3, 2, DefaultNTXent(), nil, nil); err != nil || accuracy != 0 {
		t.Errorf("identical rows: accuracy %v, %v", accuracy, err)
	}
}

func TestNTXentOutputs(t *testing.T) {
	a, b := random(1, 3, 2), random(2, 3, 2)
	g := make([]float32, 6)
	long := make([]float32, 9)
	for _, out := range [][2][]float32{{g, g}, {long[:6], long[3:]}} {
		_, err := NTXent(a, b, 3, 2, DefaultNTXent(), out[0], out[1])
		wants(t, err, core.EInval, "nt_xent", "gb", "shared with ga")
	}
	wants(t, NTXentLogits(a, b, 3, 2, DefaultNTXent(), make([]float32, 35), make([]int64, 6)), core.EShape, "nt_xent_logits", "logits", "(6, 6)")
	wants(t, NTXentLogits(a, b, 3, 2, DefaultNTXent(), make([]float32, 36), nil), core.EShape, "nt_xent_logits", "labels", "(6)")
}
