package evaluate

import (
	"math"
	"testing"

	"github.com/jumelle/jumelle/core"
)

func TestHealthGolden(t *testing.T) {
	var in struct{ A, B [][]float64 }
	var want struct {
		FeatureStd float64 `json:"feature_std"`
		Alignment  float64 `json:"alignment"`
		Uniformity float64 `json:"uniformity"`
		Rank       float64 `json:"effective_rank of bank"`
	}
	golden(t, "inputs", &in)
	golden(t, "health", &want)
	a, b := flat(in.A), flat(in.B)
	std, err := FeatureStd(a, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "feature_std", std, want.FeatureStd, 1e-6)
	align, err := Alignment(a, b, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "alignment", align, want.Alignment, 1e-6)
	uniform, err := Uniformity(a, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "uniformity", uniform, want.Uniformity, 1e-6)
	bank := []float32{1, 0, 0.9, 0.3, 0, 1, 0.2, 1}
	r, err := EffectiveRank(bank, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "effective rank", r, want.Rank, 1e-6)
	std2, r2, err := new(Monitor).Health(bank, 4, 2)
	if err != nil || r2 != r {
		t.Errorf("Health: rank %v, want %v (%v)", r2, r, err)
	}
	if s, err := FeatureStd(bank, 4, 2); err != nil || s != std2 {
		t.Errorf("Health: std %v, want %v (%v)", std2, s, err)
	}
}

// Orthonormal rows have full rank, equal rows rank 1, and adding copies of rows
// or zero columns changes nothing; both Gram matrices give the same.
func TestEffectiveRankKnown(t *testing.T) {
	check := func(what string, x []float32, n, d int, want float64) {
		t.Helper()
		r, err := EffectiveRank(x, n, d)
		if err != nil {
			t.Fatal(err)
		}
		near(t, what, r, want, 1e-6)
	}
	eye := make([]float32, 6*9)
	for i := range 6 {
		eye[i*9+i] = float32(1 + i) // normalised away
	}
	check("orthogonal rows, n < d", eye, 6, 9, 6)
	tall := append(append([]float32{}, eye...), eye...)
	check("each row twice, n > d", tall, 12, 9, 6)
	line := make([]float32, 300*200)
	for i := range line {
		line[i] = float32(1+i%200) * float32(1+i/200)
	}
	check("one direction", line, 300, 200, 1)
	plane := normal(1, 400*2)
	wide, tallPlane := make([]float32, 400*500), make([]float32, 400*100)
	for i := range 400 {
		copy(wide[i*500:], plane[i*2:i*2+2])
		copy(tallPlane[i*100:], plane[i*2:i*2+2])
	}
	flatRank, err := EffectiveRank(plane, 400, 2)
	if err != nil {
		t.Fatal(err)
	}
	check("two dimensions among 500", wide, 400, 500, flatRank)
	check("two dimensions among 100", tallPlane, 400, 100, flatRank)
	if r, err := EffectiveRank(make([]float32, 8), 4, 2); err != nil || r != 0 {
		t.Errorf("zero rows: %v %v, want 0", r, err)
	}
}

func TestHealthKnown(t *testing.T) {
	// Random directions: 1/√d, and e^(-2·2) at the least.
	const n, d = 2000, 64
	x := normal(7, n*d)
	std, err := FeatureStd(x, n, d)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "feature_std of random rows", std, 1/math.Sqrt(d), 0.01)
	same := make([]float32, n*d)
	for i := range same {
		same[i] = float32(1 + i%d)
	}
	if s, err := FeatureStd(same, n, d); err != nil || s > 1e-8 {
		t.Errorf("feature_std of equal rows: %v %v", s, err)
	}
	if u, err := Uniformity(same[:100*d], 100, d); err != nil || math.Abs(u) > 1e-5 {
		t.Errorf("uniformity of equal rows: %v %v, want 0", u, err)
	}
	u, err := Uniformity([]float32{1, 0, -1, 0}, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "uniformity of opposite rows", u, -8, 1e-6)
	slow := 0.0
	const m = 131 // across the tiles
	for i := range m {
		for j := range m {
			if i != j {
				var s, a, b float64
				for k := range d {
					p, q := float64(x[i*d+k]), float64(x[j*d+k])
					s, a, b = s+p*q, a+p*p, b+q*q
				}
				slow += math.Exp(-4+4*s/math.Sqrt(a*b)) / (m * (m - 1))
			}
		}
	}
	u, err = Uniformity(x[:m*d], m, d)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "uniformity of random rows", u, math.Log(slow), 1e-6)
	for what, c := range map[string]struct {
		b    []float32
		want float64
	}{"equal": {[]float32{2, 0, 0, 2}, 0}, "orthogonal": {[]float32{0, 3, 3, 0}, 2}, "opposite": {[]float32{-1, 0, 0, -1}, 4}} {
		if a, err := Alignment([]float32{1, 0, 0, 1}, c.b, 2, 2); err != nil || math.Abs(a-c.want) > 1e-6 {
			t.Errorf("alignment of %s pairs: %v %v, want %v", what, a, err, c.want)
		}
	}
}

func TestHealthThreads(t *testing.T) {
	x := normal(8, 333*48)
	var first [2]float64
	withThreads(t, func(threads int) {
		_, r, err := new(Monitor).Health(x, 333, 48)
		if err != nil {
			t.Fatal(err)
		}
		u, err := Uniformity(x, 333, 48)
		if err != nil {
			t.Fatal(err)
		}
		if first == [2]float64{} {
			first = [2]float64{r, u}
		} else if first != [2]float64{r, u} {
			t.Errorf("%d threads give %v, %v", threads, r, u)
		}
	})
}

// A monitor's memory has nothing left of the batches before, whatever their sizes.
func TestMonitorForgets(t *testing.T) {
	var kept Monitor
	for i, shape := range [][2]int{{200, 40}, {30, 70}, {2, 3}, {90, 90}, {200, 40}} {
		n, d := shape[0], shape[1]
		x := normal(uint64(i), n*d)
		var got, want [4]float64
		for _, c := range []struct {
			m  *Monitor
			to *[4]float64
		}{{&kept, &got}, {new(Monitor), &want}} {
			var err [3]error
			c.to[0], c.to[1], err[0] = c.m.Health(x, n, d)
			c.to[2], err[1] = c.m.Uniformity(x, n, d)
			c.to[3], err[2] = c.m.Alignment(x[:n/2*d], x[n/2*d:n/2*2*d], n/2, d)
			if err != [3]error{} {
				t.Fatal(err)
			}
		}
		if got != want {
			t.Errorf("(%d, %d): got %v, a new monitor %v", n, d, got, want)
		}
	}
}

func TestHealthBadInput(t *testing.T) {
	x := normal(1, 12)
	_, _, err := new(Monitor).Health(x, 0, 3)
	wants(t, err, core.EShape, "health", "embeddings", "at least 1 rows")
	_, _, err = new(Monitor).Health(x, 5, 3)
	wants(t, err, core.EShape, "health", "embeddings", "want shape (5, 3)")
	_, err = Uniformity(x[:3], 1, 3)
	wants(t, err, core.EShape, "uniformity", "embeddings", "at least 2 rows")
	x[4] = float32(math.Inf(1))
	_, err = FeatureStd(x, 4, 3)
	wants(t, err, core.ENumeric, "feature_std", "embeddings", "row 1, column 1")
	_, err = Alignment(x, x, 4, 3)
	wants(t, err, core.ENumeric, "alignment", "a", "row 1")
}

func BenchmarkHealth(b *testing.B) {
	for _, d := range []int{128, 256} {
		b.Run(map[int]string{128: "512x128", 256: "512x256"}[d], func(b *testing.B) {
			x := normal(1, 512*d)
			for b.Loop() {
				if _, _, err := new(Monitor).Health(x, 512, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
