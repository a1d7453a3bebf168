package augment

import (
	"math"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

func TestSizesOfCropsSumToOneAndMatchDraws(t *testing.T) {
	for _, o := range []*RandomResizedCrop{
		{Scale: [2]float64{0.08, 1}, Ratio: [2]float64{3. / 4, 4. / 3}},
		{Scale: [2]float64{0.5, 1}, Ratio: [2]float64{1. / 3, 3}}, // many failures
		{Scale: [2]float64{0.3, 0.3}, Ratio: [2]float64{3. / 4, 4. / 3}},
		{Scale: [2]float64{0.1, 0.9}, Ratio: [2]float64{1, 1}},
		{Scale: [2]float64{0.9, 1}, Ratio: [2]float64{2, 4}}, // always the fallback
	} {
		const h, w, n = 9, 12, 200_000
		q := o.sizes(h, w)
		counts := make([]int, 0)
		probabilities := make([]float64, 0)
		place := map[[2]int]int{}
		total := 0.0
		for x := range q {
			for y, p := range q[x] {
				total += p
				place[[2]int{x, y}] = len(counts)
				counts = append(counts, 0)
				probabilities = append(probabilities, p)
			}
		}
		if math.Abs(total-1) > 1e-9 {
			t.Errorf("%+v: probabilities sum to %v", o, total)
		}
		for i := range n {
			s := rng.Key{Seed: 3, Picture: uint32(i)}.Stream()
			_, _, y, x := o.draw(&s, h, w)
			counts[place[[2]int{x, y}]]++
		}
		chiSquare(t, "sizes", counts, probabilities)
	}
}

func TestOverlapMeasuredIsExact(t *testing.T) {
	last := 2.0
	for _, scale := range [][2]float64{{0.02, 0.1}, {0.08, 0.2}, {0.08, 0.5}, {0.08, 1}, {0.2, 1}, {0.5, 1}} {
		got, err := Overlap(OverlapOptions{H: 32, W: 32, Scale: scale, Samples: 100_000, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Measured-got.Exact) > 4*got.Error+1e-12 {
			t.Errorf("scale %v: measured %v, exact %v, standard error %v", scale, got.Measured, got.Exact, got.Error)
		}
		if got.Exact > last {
			t.Errorf("scale %v: larger crops miss each other more often: %v, before %v", scale, got.Exact, last)
		}
		last = got.Exact
		t.Logf("scale %v: exact %.5f, measured %.5f", scale, got.Exact, got.Measured)
	}
	// Crops of more than half of the picture always meet (sizes are rounded: a
	// large picture).
	got, err := Overlap(OverlapOptions{H: 224, W: 224, Scale: [2]float64{0.51, 1}, Samples: 1000})
	if err != nil || got.Exact != 0 || got.Measured != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	// Crops of one pixel: two of 12 places.
	got, err = Overlap(OverlapOptions{H: 3, W: 4, Scale: [2]float64{1. / 12, 1. / 12}, Ratio: [2]float64{1, 1}, Samples: 1000})
	if err != nil || math.Abs(got.Exact-11./12) > 1e-12 {
		t.Errorf("one pixel of 12: %+v, %v", got, err)
	}
}

func TestOverlapMistakesAreNamed(t *testing.T) {
	ok := OverlapOptions{H: 8, W: 8, Scale: [2]float64{0.1, 1}}
	for want, change := range map[string]func(*OverlapOptions){
		"overlap: size: want 1 to 1024": func(o *OverlapOptions) { o.H = 0 },
		"overlap: scale: want two":      func(o *OverlapOptions) { o.Scale = [2]float64{1, 0.5} },
		"overlap: ratio: want two":      func(o *OverlapOptions) { o.Ratio[0] = math.NaN() },
		"overlap: samples: want 1":      func(o *OverlapOptions) { o.Samples = -1 },
	} {
		o := ok
		change(&o)
		if _, err := Overlap(o); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
