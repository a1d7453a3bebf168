//go:build !(goexperiment.simd && amd64)

package augment

// Without vector code every kernel is its plain form.

func deinterleave(r, g, b, src []byte)   { plainDeinterleave(r, g, b, src) }
func interleave(dst, r, g, b []byte)     { plainInterleave(dst, r, g, b) }
func reverse(to, from []byte)            { plainReverse(to, from) }
func filterLine(to, row []byte, a *axis) { plainFilterLine(to, row, a) }
func filterColumns(to, ring []byte, first int, a *axis, y int) {
	plainFilterColumns(to, ring, first, a, y)
}
func affine(p []byte, f, g float32)                          { plainAffine(p, f, g) }
func toGray(dst, r, g, b []byte)                             { plainToGray(dst, r, g, b) }
func sum(p []byte) int                                       { return plainSum(p) }
func saturate(r, g, b []byte, f, rest float32)               { plainSaturate(r, g, b, f, rest) }
func turnHue(r, g, b []byte, sixth, part int)                { plainTurnHue(r, g, b, sixth, part) }
func blurLine(to []int16, row []byte, n int, w *blurWeights) { plainBlurLine(to[:n], row, w.near) }
func blurColumns(to []byte, lines [][]int16, w *blurWeights) { plainBlurColumns(to, lines, w.near) }

func (a *axis) arrangeRow()     {}
func (a *axis) arrangeColumns() {}
func (w *blurWeights) arrange() {}
