//go:build !(goexperiment.simd && amd64)

package pictures

// vectorYCbCr leaves all pixels to plainYCbCr.
func vectorYCbCr(_, _, _, _ []byte, _ int, _ matrix) int { return 0 }
