package loss

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core"
)

// slowContrast is -ln softmax of each anchor's own key among its candidates, with
// gradients, in float64: candidates(i) are rows of c, of which the first is the
// key. It serves InfoNCE and its forms with separate negatives.
func slowContrast(q, c []float64, n, m, d int, t float64, candidates func(i int) []int) (value float64, gq, gc []float64) {
	uq, uc := unit64(q, n, d), unit64(c, m, d)
	hq, hc := make([]float64, n*d), make([]float64, m*d)
	for i := range n {
		own := candidates(i)
		var logits []float64
		for _, k := range own {
			logits = append(logits, dot64(uq[i*d:(i+1)*d], uc[k*d:(k+1)*d])/t)
		}
		var others float64
		for _, l := range logits[1:] {
			others += math.Exp(l - logits[0])
		}
		value += math.Log1p(others) / float64(n)
		for j, k := range own {
			g := math.Exp(logits[j]-logits[0]) / (1 + others)
			if j == 0 {
				g = -others / (1 + others)
			}
			g /= float64(n) * t
			for e := range d {
				hq[i*d+e] += g * uc[k*d+e]
				hc[k*d+e] += g * uq[i*d+e]
			}
		}
	}
	back := func(z, u, h []float64, n int) []float64 {
		out := make([]float64, n*d)
		for i := range n {
			along := dot64(u[i*d:(i+1)*d], h[i*d:(i+1)*d])
			length := math.Sqrt(dot64(z[i*d:(i+1)*d], z[i*d:(i+1)*d]))
			for j := range d {
				out[i*d+j] = (h[i*d+j] - along*u[i*d+j]) / length
			}
		}
		return out
	}
	return value, back(q, uq, hq, n), back(c, uc, hc, m)
}

// inBatch: own key first, then the others.
func inBatch(n int) func(i int) []int {
	return func(i int) []int {
		out := []int{i}
		for k := range n {
			if k != i {
				out = append(out, k)
			}
		}
		return out
	}
}

// apart: keys are rows 0..n-1, negatives n..n+m-1.
func apart(n, m int) func(i int) []int {
	return func(i int) []int {
		out := []int{i}
		for k := range m {
			out = append(out, n+k)
		}
		return out
	}
}

func TestInfoNCEGolden(t *testing.T) {
	a, b, queue, negatives := goldenInputs(t)
	ga, gb, gn := make([]float32, 12), make([]float32, 12), make([]float32, 8)
	var want goldenLoss
	golden(t, &want, "info_nce", "t=0.2")
	value, err := InfoNCE(a, b, 3, 4, DefaultInfoNCE(), ga, gb)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "info_nce", value, want.Value, 2e-6)
	closeTo(t, "info_nce dq", ga, flat64(want.DA), 2e-6)
	closeTo(t, "info_nce dk", gb, flat64(want.DB), 2e-6)

	golden(t, &want, "info_nce", "t=0.2, separate negatives")
	value, err = InfoNCENegatives(a, b, negatives, 3, 2, 4, DefaultInfoNCE(), ga, gb, gn)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "separate negatives", value, want.Value, 2e-6)
	closeTo(t, "separate negatives dq", ga, flat64(want.DA), 2e-6)
	closeTo(t, "separate negatives dk", gb, flat64(want.DB), 2e-6)
	closeTo(t, "separate negatives dnegatives", gn, flat64(want.DNegatives), 2e-6)

	for key, temperature := range map[string]float64{"t=0.07": 0.07, "t=0.2": 0.2} {
		golden(t, &want, "info_nce_queue", key)
		value, err = InfoNCEQueue(a, b, queue, 3, 4, 4, InfoNCEOptions{Temperature: temperature}, ga)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "queue "+key, value, want.Value, 2e-6)
		closeTo(t, "queue dq "+key, ga, flat64(want.DA), 2e-6)
	}
}

func TestInfoNCEOracle(t *testing.T) {
	const n, m, d = 3, 5, 4
	q, c := widen(random(1, n, d)), widen(random(2, m, d))
	for _, candidates := range []func(int) []int{inBatch(n), apart(n, m-n)} {
		_, gq, gc := slowContrast(q, c, n, m, d, 0.3, candidates)
		value := func() float64 { v, _, _ := slowContrast(q, c, n, m, d, 0.3, candidates); return v }
		for i, want := range differences(value, q) {
			if math.Abs(gq[i]-want) > 1e-8 {
				t.Fatalf("oracle: dq[%d] = %v, differences say %v", i, gq[i], want)
			}
		}
		for i, want := range differences(value, c) {
			if math.Abs(gc[i]-want) > 1e-8 {
				t.Fatalf("oracle: dc[%d] = %v, differences say %v", i, gc[i], want)
			}
		}
	}
}

// Gradients against central differences of the float64 value, for hard inputs.
func TestInfoNCEDifferences(t *testing.T) {
	const n, m, d = 5, 4, 7
	negatives := random(8, m, d)
	for name, in := range hardInputs(n, d) {
		for _, temperature := range []float64{0.01, 0.1, 0.5, 10} {
			opt := InfoNCEOptions{Temperature: temperature}
			gq, gk, gn := make([]float32, n*d), make([]float32, n*d), make([]float32, m*d)
			q, k, others := widen(in[0]), widen(in[1]), widen(negatives)
			tolerance := 1e-5 + 2e-7/temperature // of cosines in float32
			if name == "one direction" {
				tolerance *= 10 // the gradient is a difference 0.01 as large as its terms
			}
			check := func(form string, value float64, err error, slow func() float64, inputs [][]float64, gradients ...[]float32) {
				t.Helper()
				what := fmt.Sprintf("%s, %s, t=%v", form, name, temperature)
				if err != nil {
					t.Fatal(what, err)
				}
				near(t, what, value, slow(), tolerance)
				for i, x := range inputs {
					closeTo(t, fmt.Sprintf("%s: gradient %d", what, i), gradients[i], differences(slow, x), tolerance)
				}
			}
			value, err := InfoNCE(in[0], in[1], n, d, opt, gq, gk)
			check("in batch", value, err, func() float64 {
				v, _, _ := slowContrast(q, k, n, n, d, temperature, inBatch(n))
				return v
			}, [][]float64{q, k}, gq, gk)
			value, err = InfoNCENegatives(in[0], in[1], negatives, n, m, d, opt, gq, gk, gn)
			check("negatives", value, err, func() float64 {
				v, _, _ := slowContrast(q, append(slices.Clone(k), others...), n, n+m, d, temperature, apart(n, m))
				return v
			}, [][]float64{q, k, others}, gq, gk, gn)
		}
	}
}

func TestInfoNCESizes(t *testing.T) {
	for _, size := range [][2]int{{2, 3}, {3, 8}, {65, 5}, {127, 4}, {128, 9}, {129, 2}, {300, 6}, {1030, 3}} {
		n, d := size[0], size[1]
		q := random(uint64(n), n, d)
		k := views(uint64(n), q, 0.6)
		gq, gk := make([]float32, n*d), make([]float32, n*d)
		for _, temperature := range []float64{0.01, 0.2} {
			what := fmt.Sprintf("(%d, %d), t=%v", n, d, temperature)
			want, wq, wk := slowContrast(widen(q), widen(k), n, n, d, temperature, inBatch(n))
			value, err := InfoNCE(q, k, n, d, InfoNCEOptions{Temperature: temperature}, gq, gk)
			if err != nil {
				t.Fatal(err)
			}
			near(t, what, value, want, 1e-5)
			closeTo(t, what+": dq", gq, wq, 4e-5)
			closeTo(t, what+": dk", gk, wk, 4e-5)
		}
	}
}

func TestInfoNCEQueueSizes(t *testing.T) {
	for _, size := range [][3]int{{1, 1, 3}, {1, 200, 4}, {5, 3, 2}, {64, 1025, 6}, {300, 129, 5}, {130, 2000, 3}} {
		n, m, d := size[0], size[1], size[2]
		q := random(uint64(n), n, d)
		k := views(uint64(n), q, 0.6)
		queue := random(99, m, d)
		gq, gk, gn := make([]float32, n*d), make([]float32, n*d), make([]float32, m*d)
		what := fmt.Sprint(size)
		want, wq, wc := slowContrast(widen(q), append(widen(k), widen(queue)...), n, n+m, d, 0.1, apart(n, m))
		value, err := InfoNCEQueue(q, k, queue, n, m, d, InfoNCEOptions{Temperature: 0.1}, gq)
		if err != nil {
			t.Fatal(err)
		}
		near(t, what, value, want, 1e-5)
		closeTo(t, what+": dq", gq, wq, 2e-5)
		again, err := InfoNCENegatives(q, k, queue, n, m, d, InfoNCEOptions{Temperature: 0.1}, nil, gk, gn)
		if err != nil || again != value {
			t.Fatalf("%s: negatives that learn change the value: %v %v, want %v", what, again, err, value)
		}
		closeTo(t, what+": dk", gk, wc[:n*d], 2e-5)
		closeTo(t, what+": dnegatives", gn, wc[n*d:], 2e-5)
	}
	// Equal similarities: ln(m + 1).
	for key, m := range map[string]int{"equal similarities, K=4096": 4096, "equal similarities, K=65536": 65536} {
		var want float64
		golden(t, &want, "info_nce_queue", key)
		rows := make([]float32, m*2)
		for i := range rows {
			rows[i] = 1
		}
		value, accuracy, err := InfoNCEQueueAccuracy(rows[:4], rows[:4], rows, 2, m, 2, DefaultInfoNCEQueue(), nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, key, value, want, 1e-6)
		if accuracy != 0 {
			t.Errorf("%s: accuracy %v, want 0", key, accuracy)
		}
	}
}

// Slices of the anchors add up to the whole, for every loss that has them.
func TestSlices(t *testing.T) {
	const n, m, d = 150, 70, 5
	a := random(1, n, d)
	b := views(1, a, 0.7)
	queue := random(3, m, d)
	type call func(lo, hi int, g [3][]float32) (float64, float64, error)
	for name, f := range map[string]call{
		"nt_xent": func(lo, hi int, g [3][]float32) (float64, float64, error) {
			return NTXentAccuracy(a, b, n, d, NTXentOptions{Temperature: 0.2, Lo: lo, Hi: hi}, g[0], g[1])
		},
		"info_nce": func(lo, hi int, g [3][]float32) (float64, float64, error) {
			return InfoNCEAccuracy(a, b, n, d, InfoNCEOptions{Temperature: 0.2, Lo: lo, Hi: hi}, g[0], g[1])
		},
		"info_nce_queue": func(lo, hi int, g [3][]float32) (float64, float64, error) {
			return InfoNCEQueueAccuracy(a, b, queue, n, m, d, InfoNCEOptions{Temperature: 0.2, Lo: lo, Hi: hi}, g[0])
		},
		"negatives": func(lo, hi int, g [3][]float32) (float64, float64, error) {
			return InfoNCENegativesAccuracy(a, b, queue, n, m, d, InfoNCEOptions{Temperature: 0.2, Lo: lo, Hi: hi}, g[0], g[1], g[2])
		},
	} {
		fresh := func() [3][]float32 {
			return [3][]float32{make([]float32, n*d), make([]float32, n*d), make([]float32, m*d)}
		}
		whole := fresh()
		value, accuracy, err := f(0, n, whole)
		if err != nil {
			t.Fatal(err)
		}
		var sum, right float64
		var total [3][]float64
		for g := range total {
			total[g] = make([]float64, len(whole[g]))
		}
		for _, s := range [][2]int{{0, 1}, {1, 90}, {90, 149}, {149, 150}} {
			part := fresh()
			v, acc, err := f(s[0], s[1], part)
			if err != nil {
				t.Fatal(err)
			}
			sum += v
			right += acc * float64(s[1]-s[0])
			for g := range part {
				for i, x := range part[g] {
					total[g][i] += float64(x)
				}
			}
		}
		near(t, name, sum, value, 2e-7)
		near(t, name+" accuracy", right/n+1e-300, accuracy+1e-300, 1e-12)
		for g := range total {
			closeTo(t, fmt.Sprintf("%s: gradient %d", name, g), whole[g], total[g], 1e-5)
		}
		for _, bad := range [][2]int{{-1, 3}, {3, 3}, {4, 2}, {0, n + 1}} {
			if _, _, err := f(bad[0], bad[1], [3][]float32{}); err == nil {
				t.Errorf("%s: slice %v accepted", name, bad)
			}
		}
	}
}

func TestInfoNCEThreads(t *testing.T) {
	const n, m, d = 400, 900, 16
	q := random(1, n, d)
	k, queue := views(1, q, 0.5), random(2, m, d)
	gq, gk, gn := make([]float32, n*d), make([]float32, n*d), make([]float32, m*d)
	var first []uint32
	withThreads(t, func(threads int) {
		v1, err1 := InfoNCE(q, k, n, d, DefaultInfoNCE(), gq, gk)
		got := bits(gq, gk, []float32{float32(v1)})
		v2, err2 := InfoNCENegatives(q, k, queue, n, m, d, DefaultInfoNCE(), gq, gk, gn)
		got = append(got, bits(gq, gk, gn, []float32{float32(v2)})...)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if first == nil {
			first = got
		} else if !slices.Equal(got, first) {
			t.Errorf("%d threads give other bits", threads)
		}
	})
}

// The logits' cross-entropy is the loss, and its accuracy the same.
func TestInfoNCELogits(t *testing.T) {
	const n, m, d = 40, 90, 6
	q := random(5, n, d)
	k, queue := views(5, q, 0.8), random(6, m, d)
	opt := InfoNCEOptions{Temperature: 0.15}
	labels := make([]int64, n)
	check := func(what string, logits []float32, classes int, value, accuracy float64) {
		t.Helper()
		ce, acc, err := CrossEntropyAccuracy(logits, labels, n, classes, CrossEntropyOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, what, ce, value, 1e-6)
		if acc != accuracy || acc == 0 || acc == 1 {
			t.Errorf("%s: accuracy %v, the logits say %v", what, accuracy, acc)
		}
	}
	logits := make([]float32, n*n)
	if err := InfoNCELogits(q, k, n, d, opt, logits, labels); err != nil {
		t.Fatal(err)
	}
	value, accuracy, err := InfoNCEAccuracy(q, k, n, d, opt, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	check("info_nce", logits, n, value, accuracy)
	logits = make([]float32, n*(1+m))
	if err := InfoNCEQueueLogits(q, k, queue, n, m, d, opt, logits, labels); err != nil {
		t.Fatal(err)
	}
	value, accuracy, err = InfoNCEQueueAccuracy(q, k, queue, n, m, d, opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	check("info_nce_queue", logits, 1+m, value, accuracy)
	// And NT-Xent's, with -Inf among the logits.
	both := make([]float32, 4*n*n)
	twice := make([]int64, 2*n)
	if err := NTXentLogits(q, k, n, d, NTXentOptions{Temperature: 0.15}, both, twice); err != nil {
		t.Fatal(err)
	}
	ce, err := CrossEntropy(both, twice, 2*n, 2*n, CrossEntropyOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	value, err = NTXent(q, k, n, d, NTXentOptions{Temperature: 0.15}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "nt_xent", ce, value, 1e-6)
}

func TestInfoNCEBadInput(t *testing.T) {
	q, k := random(1, 3, 2), random(2, 3, 2)
	queue := func(m int, negatives, gq []float32) error {
		_, err := InfoNCEQueue(q, k, negatives, 3, m, 2, DefaultInfoNCEQueue(), gq)
		return err
	}
	wants(t, queue(0, nil, nil), core.EShape, "info_nce_queue", "queue", "at least 1 row")
	wants(t, queue(2, q[:3], nil), core.EShape, "info_nce_queue", "queue", "want shape (2, 2)")
	bad := []float32{1, 2, 3, float32(math.Inf(1))}
	wants(t, queue(2, bad, nil), core.ENumeric, "info_nce_queue", "queue", "row 1, column 1")
	n := []float32{1, 2, 3, 4}
	wants(t, queue(2, n, n), core.EShape, "info_nce_queue", "gq", "want shape (3, 2)")
	_, err := InfoNCENegatives(q, k, n, 3, 2, 2, DefaultInfoNCE(), nil, nil, n)
	wants(t, err, core.EInval, "info_nce_negatives", "g_negatives", "shared with negatives")
	wants(t, InfoNCELogits(q, k, 3, 2, DefaultInfoNCE(), make([]float32, 8), make([]int64, 3)), core.EShape, "info_nce_logits", "logits", "(3, 3)")
	wants(t, InfoNCEQueueLogits(q, k, n, 3, 2, 2, DefaultInfoNCE(), make([]float32, 9), make([]int64, 2)), core.EShape, "info_nce_queue_logits", "labels", "(3)")
}
