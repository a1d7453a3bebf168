package loss

import (
	"fmt"
	"runtime"
	"testing"
)

// Values and gradients, on all threads (GOMAXPROCS and jml_set_threads aside):
//
//	GOEXPERIMENT=simd go test ./methods/loss -run xxx -bench .

func BenchmarkNTXent(b *testing.B) {
	for _, size := range [][2]int{{32, 32}, {256, 128}, {1024, 128}, {4096, 128}, {8192, 128}} {
		n, d := size[0], size[1]
		b.Run(fmt.Sprintf("%dx%d", n, d), func(b *testing.B) {
			x := random(1, n, d)
			y := views(1, x, 0.5)
			ga, gb := make([]float32, n*d), make([]float32, n*d)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NTXent(x, y, n, d, DefaultNTXent(), ga, gb); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBarlowTwins(b *testing.B) {
	for _, size := range [][2]int{{1024, 2048}, {1024, 512}} {
		n, d := size[0], size[1]
		b.Run(fmt.Sprintf("%dx%d", n, d), func(b *testing.B) {
			x := random(1, n, d)
			y := views(1, x, 0.5)
			ga, gb := make([]float32, n*d), make([]float32, n*d)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := BarlowTwins(x, y, n, d, DefaultBarlowTwins(), ga, gb); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

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
