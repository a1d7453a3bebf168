package loss

import (
	"fmt"
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

func BenchmarkInfoNCEQueue(b *testing.B) {
	const n, m, d = 256, 4096, 128
	q, queue := random(1, n, d), random(2, m, d)
	k, gq := views(1, q, 0.5), make([]float32, n*d)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := InfoNCEQueue(q, k, queue, n, m, d, DefaultInfoNCEQueue(), gq); err != nil {
			b.Fatal(err)
		}
	}
}
