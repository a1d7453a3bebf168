//go:build !(goexperiment.simd && amd64)

package augment

// Without vector code every kernel is its plain form.

func deinterleave(r, g, b, src []byte) { plainDeinterleave(r, g, b, src) }
func interleave(dst, r, g, b []byte)   { plainInterleave(dst, r, g, b) }
func filterLine(to, row []byte, a *axis) {
	plainFilterLine(to, row, a)
}
func filterColumns(to, ring []byte, depth, width, offset, first int, weights []int16, shift int) {
	plainFilterColumns(to, ring, depth, width, offset, first, weights, shift)
}
func affine(p []byte, f, g float32)            { plainAffine(p, f, g) }
func toGray(dst, r, g, b []byte)               { plainToGray(dst, r, g, b) }
func sum(p []byte) int                         { return plainSum(p) }
func saturate(r, g, b []byte, f, rest float32) { plainSaturate(r, g, b, f, rest) }
func turnHue(r, g, b []byte, sixth, part int)  { plainTurnHue(r, g, b, sixth, part) }
func blurLine(to []int16, row []byte, weights []int16) {
	plainBlurLine(to, row, weights)
}
func blurColumns(to []byte, lines [][]int16, weights []int16) {
	plainBlurColumns(to, lines, weights)
}
