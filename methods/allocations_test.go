package methods

import (
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

// A step on the portable kernels allocates closures and goroutines of its loops and
// little else, whatever the method: no more for many times the pictures, but for some
// of the loops, which start more pieces; in slices, no more for each of them. What a
// step computes with stays where the first step put it.
func TestAllocationsDoNotGrow(t *testing.T) {
	const most = 64 << 10 // bytes a step; the networks' input alone has 192 KiB
	for _, name := range names() {
		var objects, bytes [2]float64
		for i, n := range []int{16, 128} {
			spec := specOf(t, name, "")
			spec.BatchSize, spec.Pictures = n, 0
			if spec.Queue != nil {
				*spec.Queue = 256
			}
			trainer := trainerOf(t, spec)
			data := make([]byte, 2*n*side*side*3)
			stream := rng.Key{Seed: 1}.Stream()
			for j := range data {
				data[j] = byte(stream.Uint32())
			}
			objects[i], bytes[i] = allocated(func() {
				_, err := trainer.StepViews(data, [5]int{2, n, side, side, 3})
				check(t, err)
			})
			if strings.HasSuffix(name, "in slices") {
				objects[i] /= float64(n / spec.MicroBatch)
				bytes[i] /= float64(n / spec.MicroBatch)
			}
		}
		if objects[1] > 1.3*objects[0] || bytes[1] > 1.3*bytes[0]+8<<10 || bytes[1] > most {
			t.Errorf("%s: %.0f objects (%.0f bytes) a step, and %.0f (%.0f) where the batch is 8 times as large; at most %d bytes",
				name, objects[0], bytes[0], objects[1], bytes[1], most)
		}
	}
}

// allocated is the least of objects and bytes that some calls of f allocate, after one
// that makes what stays. (Pools are for each processor: a goroutine that moves to
// another makes what that one has not got.)
func allocated(f func()) (objects, bytes float64) {
	f()
	objects, bytes = math.Inf(1), math.Inf(1)
	for range 6 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		objects = min(objects, float64(after.Mallocs-before.Mallocs))
		bytes = min(bytes, float64(after.TotalAlloc-before.TotalAlloc))
	}
	return objects, bytes
}
