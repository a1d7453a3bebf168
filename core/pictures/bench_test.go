package pictures

import (
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// BenchmarkPhotos reads JPEG photos of 224 x 224, decoding them each time.
func BenchmarkPhotos(b *testing.B) {
	defer par.SetThreads(0)
	root := realData(b, "imagenette/train")
	for _, c := range []struct {
		name          string
		threads, size int
	}{{"stored", 1, 224}, {"stored", 2, 224}, {"to 64", 1, 64}, {"to 64", 2, 64}} {
		par.SetThreads(c.threads)
		s, err := Open(root, Options{Size: c.size, Cache: -1})
		if err != nil {
			b.Fatal(err)
		}
		n := min(500, s.Len())
		out := core.Batch{N: n, H: c.size, W: c.size, C: 3, Data: make([]byte, n*c.size*c.size*3)}
		indices := make([]int64, n)
		for i := range indices {
			indices[i] = int64(i * s.Len() / n)
		}
		b.Run(c.name+"/"+string(rune('0'+c.threads)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Read(indices, out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "photos/s")
		})
	}
}
