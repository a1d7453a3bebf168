//go:build !(goexperiment.simd && amd64)

package evaluate

// sweepWide leaves every row to the caller.
func sweepWide(_ []float64, n, rows int, _, _, _, _ []float64, sums [][4]float64) int {
	clear(sums[:rows])
	return n + 1
}

func dot(x, y []float64) float64 { return dotPlain(x, y) }
