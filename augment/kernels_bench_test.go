//go:build unix

package augment

import "testing"

// Each kernel alone, on the planes of a 64 x 64 picture.
func BenchmarkKernel(b *testing.B) {
	in := smooth(1, 64, 64, 3)
	const n = 64 * 64
	r, g, bl, y := make([]byte, n), make([]byte, n), make([]byte, n), make([]byte, n)
	out := make([]byte, 3*n)
	run := func(name string, fn func()) {
		b.Run(name, func(b *testing.B) {
			deinterleave(r, g, bl, in.Data)
			before := busy()
			for b.Loop() {
				fn()
			}
			b.ReportMetric((busy()-before).Seconds()*1e9/float64(b.N*n), "cpu-ns/pixel")
		})
	}
	run("deinterleave", func() { deinterleave(r, g, bl, in.Data) })
	run("interleave", func() { interleave(out, r, g, bl) })
	run("sum", func() { sum(r) })
	run("affine", func() { affine(r, 1.1, 3) })
	run("toGray", func() { toGray(y, r, g, bl) })
	run("saturate", func() { saturate(r, g, bl, 0.9, 0.1) })
	run("turnHue", func() { turnHue(r, g, bl, 1, 777) })
	var w blurWeights
	w.near = gaussianWeights(1.5, 5, nil)
	w.arrange()
	line := make([]int16, 64+slack)
	row := make([]byte, 128)
	lines := make([][]int16, 11)
	for i := range lines {
		lines[i] = line
	}
	run("blurLine", func() {
		for range 64 {
			blurLine(line, row, 64, &w)
		}
	})
	run("blurColumns", func() {
		for range 64 {
			blurColumns(row[:64], lines, &w)
		}
	})
}
