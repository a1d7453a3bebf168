//go:build !(goexperiment.simd && amd64)

package loss

func dot(x, y []float32) float64 { return dotPlain(x, y) }

func scaled(x []float32, scale float64, out []float32) { scaledPlain(x, scale, out) }

func combine(a float64, x []float32, b float64, y []float32, c float64, z, out []float32) {
	combinePlain(a, x, b, y, c, z, out)
}
