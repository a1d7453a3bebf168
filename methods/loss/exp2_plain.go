//go:build !(goexperiment.simd && amd64)

package loss

func maxima(tile []float32, rows, stride int, rowMax, colMax []float32) {
	maximaPlain(tile, rows, stride, rowMax, colMax)
}

func sums(tile []float32, rows, stride int, rowShift, colShift, rowSum, colSum []float32) {
	sumsPlain(tile, rows, stride, rowShift, colShift, rowSum, colSum)
}

func weights(tile []float32, rows, stride int, rowShift, colShift []float32) {
	weightsPlain(tile, rows, stride, rowShift, colShift)
}
