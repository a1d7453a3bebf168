//go:build !(goexperiment.simd && amd64)

package kernel

// vectors says how multiplyTile computes, for tests and benchmarks.
const vectors = "plain"

func multiplyTile(depth int, a, b []float32, t *tile) { multiplyTilePlain(depth, a, b, t) }

func updateTile(c []float32, ldc, rows, cols int, t *tile, f *factors) {
	updateTilePlain(c, ldc, rows, cols, t, f)
}
