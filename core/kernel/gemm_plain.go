//go:build !(goexperiment.simd && amd64)

package kernel

// spreadBy is how many times multiplyBlock repeats an element of a.
const spreadBy = 0

func multiplyBlock(p *packs, height, width, depth int, c []float32, ldc int, f *factors) {
	multiplyBlockPlain(p, height, width, depth, c, ldc, f)
}

func interleave(to []float32, stride int, from []float32, ld, n int) {
	interleavePlain(to, stride, from, ld, n)
}
