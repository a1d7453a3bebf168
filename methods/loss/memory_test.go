//go:build !race

// The race detector empties sync.Pools at random, so that allocations mean nothing.

package loss

import (
	"runtime"
	"testing"
)

// The memory beyond inputs and outputs grows with the rows, not their square:
// about two more copies of the embeddings, and up to 16 MiB of tiles while the
// batch is small.
func TestMemory(t *testing.T) {
	for _, c := range []struct {
		n, d, limit int // bytes
	}{{1024, 16, 12 << 20}, {3000, 16, 6 << 20}} {
		x := random(1, c.n, c.d)
		y := views(1, x, 0.5)
		ga, gb := make([]float32, c.n*c.d), make([]float32, c.n*c.d)
		for name, call := range map[string]func() error{
			"nt_xent":  func() error { _, err := NTXent(x, y, c.n, c.d, DefaultNTXent(), ga, gb); return err },
			"info_nce": func() error { _, err := InfoNCE(x, y, c.n, c.d, DefaultInfoNCE(), ga, gb); return err },
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if err := call(); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			if used := int(after.TotalAlloc - before.TotalAlloc); used > c.limit {
				t.Errorf("%s of %d pairs of %d allocates %d bytes, want at most %d; the matrix would be %d",
					name, c.n, c.d, used, c.limit, 16*c.n*c.n)
			}
		}
	}
}
