//go:build !(goexperiment.simd && amd64)

package portable

func total(x []float32) float64                { return totalPlain(x) }
func spread(x []float32, mean float64) float64 { return spreadPlain(x, mean) }

func moments(g, x []float32, mean float64) (sum, product float64) { return momentsPlain(g, x, mean) }

func affine(dst, src []float32, a, d float32) { affinePlain(dst, src, a, d) }
func affineMask(dst, src []float32, a, d float32, mask []float32) {
	affineMaskPlain(dst, src, a, d, mask)
}
func cut(dst, grad, mask []float32) { cutPlain(dst, grad, mask) }

func combine(dst, g, x []float32, scale, slope, shift float32) {
	combinePlain(dst, g, x, scale, slope, shift)
}
