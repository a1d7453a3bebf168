package methods

import (
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

// A step allocates no more objects for four times the pictures, but for some of the
// parallel loops, which start more pieces; in slices, no more for each of them.
func TestAllocationsDoNotGrow(t *testing.T) {
	for _, name := range names() {
		var objects [2]float64
		for i, n := range []int{16, 64} {
			spec := specOf(t, name, "")
			spec.BatchSize, spec.Pictures = n, 0
			trainer := trainerOf(t, spec)
			data := make([]byte, 2*n*side*side*3)
			stream := rng.Key{Seed: 1}.Stream()
			for j := range data {
				data[j] = byte(stream.Uint32())
			}
			objects[i] = testing.AllocsPerRun(5, func() {
				_, err := trainer.StepViews(data, [5]int{2, n, side, side, 3})
				check(t, err)
			})
			if strings.HasSuffix(name, "in slices") {
				objects[i] /= float64(n / spec.MicroBatch)
			}
		}
		if objects[1] > 1.2*objects[0] {
			t.Errorf("%s: %g objects a step, and %g where the batch is four times as large", name, objects[0], objects[1])
		}
	}
}
