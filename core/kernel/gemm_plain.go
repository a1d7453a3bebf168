//go:build !(goexperiment.simd && amd64)

package kernel

// vectors says how multiplyPanel computes, for tests and benchmarks.
const vectors = "plain"

// spreadBy is how many times multiplyPanel repeats an element of a.
const spreadBy = 0

func multiplyPanel(p *packs, a []float32, rows, width, depth int, c []float32, ldc int, f *factors) {
	multiplyPanelPlain(p, a, rows, width, depth, c, ldc, f)
}
