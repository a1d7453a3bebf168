package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core"
)

func TestKNNGolden(t *testing.T) {
	var want struct {
		Similarities []float64
		T07          []float64 `json:"scores t=0.07"`
		T10          []float64 `json:"scores t=0.1"`
	}
	golden(t, "knn", &want)
	bank, labels, query := []float32{1, 0, 0.9, 0.3, 0, 1, 0.2, 1}, []int64{0, 1, 1, 1}, []float32{1, 0.2}
	indices, similarities := make([]int64, 3), make([]float32, 3)
	if err := Nearest(bank, query, 2, 3, indices, similarities); err != nil {
		t.Fatal(err)
	}
	for i, s := range want.Similarities {
		near(t, "similarity", float64(similarities[i]), s, 1e-6)
	}
	if !slices.Equal(indices, []int64{1, 0, 3}) {
		t.Errorf("neighbours %v, want 1, 0, 3", indices)
	}
	// The scores themselves, as vote adds them up.
	for temperature, scores := range map[float64][]float64{0.07: want.T07, 0.1: want.T10} {
		got := make([]float64, 2)
		for i, s := range similarities {
			got[labels[indices[i]]] += math.Exp(float64(s) / temperature)
		}
		near(t, "score 0", got[0], scores[0], 1e-5)
		near(t, "score 1", got[1], scores[1], 1e-5)
		p, err := KNN(bank, labels, query, 2, KNNOptions{K: 3, Temperature: temperature})
		if err != nil || p[0] != 1 {
			t.Errorf("t=%v: class %v, want 1 (%v)", temperature, p, err)
		}
	}
}

// slowKNN is the definition in float64: all similarities, sorted.
func slowKNN(bank []float32, labels []int64, queries []float32, d, k int, temperature float64) []int64 {
	unit := func(x []float32, i int) []float64 {
		var s float64
		for _, v := range x[i*d : (i+1)*d] {
			s += float64(v) * float64(v)
		}
		out := make([]float64, d)
		for j := range out {
			out[j] = float64(x[i*d+j]) / math.Max(math.Sqrt(s), 1e-12)
		}
		return out
	}
	var out []int64
	for q := range len(queries) / d {
		u := unit(queries, q)
		type pair struct {
			s float64
			i int
		}
		var all []pair
		for i := range labels {
			all = append(all, pair{dot(u, unit(bank, i)), i})
		}
		slices.SortStableFunc(all, func(x, y pair) int { return cmp.Compare(y.s, x.s) })
		scores := map[int64]float64{}
		for _, p := range all[:min(k, len(all))] {
			scores[labels[p.i]] += math.Exp((p.s - all[0].s) / temperature)
		}
		best := int64(-1)
		for c := range slices.Max(labels) + 1 {
			if s, ok := scores[c]; ok && (best < 0 || s > scores[best]) {
				best = c
			}
		}
		out = append(out, best)
	}
	return out
}

// Sizes on both sides of the borders of the tiles, k up to more than the bank.
func TestKNNAgainstDefinition(t *testing.T) {
	for _, c := range []struct{ bank, queries, d, k int }{
		{1, 1, 1, 1}, {7, 3, 5, 3}, {511, 63, 4, 20}, {512, 64, 8, 200}, {513, 65, 6, 500}, {1500, 130, 3, 1400}, {1100, 70, 9, 5000},
	} {
		bank, labels := clusters(1, c.bank, c.d, 7, 1.5)
		queries, truth := clusters(2, c.queries, c.d, 7, 1.5)
		want := slowKNN(bank, labels, queries, c.d, c.k, 0.1)
		got, err := KNN(bank, labels, queries, c.d, KNNOptions{K: c.k, Temperature: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: differs from the definition", c)
		}
		r, err := KNNAccuracy(bank, labels, queries, truth, c.d, KNNOptions{K: c.k, Temperature: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		if r.Accuracy != Accuracy(want, truth) || r.NTest != c.queries || r.NTrain != c.bank || r.K != min(c.k, c.bank) {
			t.Errorf("%+v: %+v", c, r)
		}
	}
}

func TestNearestAgainstSort(t *testing.T) {
	const n, d, k = 2000, 3, 100
	bank, query := normal(1, n*d), normal(2, d)
	indices := make([]int64, k)
	if err := Nearest(bank, query, d, k, indices, nil); err != nil {
		t.Fatal(err)
	}
	all, s := make([]int64, n), make([]float32, n)
	if err := Nearest(bank, query, d, n, all, s); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(indices, all[:k]) {
		t.Error("the 100 nearest are not the first of all")
	}
	for i := 1; i < n; i++ {
		if s[i] > s[i-1] {
			t.Fatalf("similarity %d is larger than the one before", i)
		}
	}
	slices.Sort(all)
	for i, x := range all {
		if x != int64(i) {
			t.Fatalf("row %d is missing", i)
		}
	}
}

// Equal rows all over the bank, in every place of a tile: the lower index wins.
func TestKNNTies(t *testing.T) {
	const n, d = 1201, 37
	row := normal(3, d)
	bank := make([]float32, 0, n*d)
	for range n {
		bank = append(bank, row...)
	}
	for _, k := range []int{1, 7, 600} {
		indices := make([]int64, 3*k)
		if err := Nearest(bank, slices.Concat(normal(4, d), row, normal(5, d)), d, k, indices, nil); err != nil {
			t.Fatal(err)
		}
		for i, x := range indices {
			if x != int64(i%k) {
				t.Fatalf("k=%d: neighbour %d is row %d", k, i, x)
			}
		}
	}
	// Two classes with the same score: the lower one, wherever its rows are.
	p, err := KNN([]float32{1, 0, 1, 0}, []int64{5, 2}, []float32{1, 1}, 2, KNNOptions{K: 2, Temperature: 0.1})
	if err != nil || p[0] != 2 {
		t.Errorf("tie of classes: %v %v, want 2", p, err)
	}
	// Small temperatures must not overflow.
	p, err = KNN([]float32{1, 0, 0, 1}, []int64{0, 1}, []float32{0.1, 1}, 2, KNNOptions{K: 2, Temperature: 1e-6})
	if err != nil || p[0] != 1 {
		t.Errorf("small temperature: %v %v, want 1", p, err)
	}
}

func TestKNNThreads(t *testing.T) {
	bank, labels := clusters(1, 700, 10, 5, 2)
	queries, _ := clusters(2, 300, 10, 5, 2)
	var first []int64
	withThreads(t, func(threads int) {
		p, err := KNN(bank, labels, queries, 10, DefaultKNN())
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = p
		} else if !slices.Equal(p, first) {
			t.Errorf("%d threads predict otherwise", threads)
		}
	})
}

func TestKNNBadInput(t *testing.T) {
	bank, labels, query := normal(1, 12), []int64{0, 1, 2, 0}, normal(2, 6)
	call := func(bank []float32, labels []int64, query []float32, d, k int, temperature float64) error {
		_, err := KNN(bank, labels, query, d, KNNOptions{K: k, Temperature: temperature})
		return err
	}
	wants(t, call(bank, labels, query, 0, 1, 1), core.EShape, "knn", "d", "at least one")
	wants(t, call(nil, nil, query, 3, 1, 1), core.EShape, "knn", "train", "rows of 3 values, got 0")
	wants(t, call(bank[:11], labels, query, 3, 1, 1), core.EShape, "knn", "train", "rows of 3 values, got 11")
	wants(t, call(bank, labels, query[:5], 3, 1, 1), core.EShape, "knn", "test", "rows of 3 values")
	wants(t, call(bank, labels[:3], query, 3, 1, 1), core.EShape, "knn", "train_labels", "want 4 labels")
	wants(t, call(bank, []int64{0, -1, 0, 0}, query, 3, 1, 1), core.EInval, "knn", "train_labels", "got -1 in row 1")
	wants(t, call(bank, []int64{0, 1 << 40, 0, 0}, query, 3, 1, 1), core.EInval, "knn", "train_labels", "in row 1")
	wants(t, call(bank, labels, query, 3, 0, 1), core.EInval, "knn", "k", "at least 1")
	wants(t, call(bank, labels, query, 3, 1, 0), core.EInval, "knn", "temperature", "at least")
	bad := slices.Clone(bank)
	bad[7] = float32(math.NaN())
	wants(t, call(bad, labels, query, 3, 1, 1), core.ENumeric, "knn", "train", "row 2, column 1")
	_, err := KNNAccuracy(bank, labels, query, []int64{1}, 3, DefaultKNN())
	wants(t, err, core.EShape, "knn", "test_labels", "want 2 labels")
	wants(t, Nearest(bank, query, 3, 2, make([]int64, 3), nil), core.EShape, "nearest", "indices", "(2, 2)")
}

func TestAccuracy(t *testing.T) {
	if a := Accuracy([]int64{1, 2, 3, 4}, []int64{1, 0, 3}); a != 0.5 {
		t.Errorf("accuracy %v, want 0.5", a)
	}
}

func BenchmarkKNN(b *testing.B) {
	for _, size := range [][3]int{{5000, 10000, 256}, {5000, 10000, 64}} {
		b.Run(fmt.Sprintf("%dx%dx%d", size[0], size[1], size[2]), func(b *testing.B) {
			bank, labels := clusters(1, size[1], size[2], 10, 3)
			queries, _ := clusters(2, size[0], size[2], 10, 3)
			for b.Loop() {
				if _, err := KNN(bank, labels, queries, size[2], DefaultKNN()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestNeighbourOrder(t *testing.T) {
	values := []float32{1, 0.5, 1e-30, 0, -1e-30, -0.5, -1} // nearest first
	for i, v := range values {
		if x := newNeighbour(v, 7+i); x.similarity() != v || x.index() != 7+i {
			t.Errorf("%v, %d became %v, %d", v, 7+i, x.similarity(), x.index())
		}
		if newNeighbour(v, 3) >= newNeighbour(v, 4) {
			t.Errorf("%v: the lower index is not before the higher", v)
		}
		if i > 0 && newNeighbour(values[i-1], math.MaxInt32) >= newNeighbour(v, 0) {
			t.Errorf("%v is not before %v", values[i-1], v)
		}
	}
	if newNeighbour(float32(math.Copysign(0, -1)), 1) != newNeighbour(0, 1) {
		t.Error("-0 and 0 differ")
	}
}
