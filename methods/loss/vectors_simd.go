//go:build goexperiment.simd && amd64

package loss

import "simd/archsimd"

type wide = archsimd.Float64x4

// widened is four float32 from x[i] on in float64.
func widened(x []float32, i int) wide {
	return archsimd.LoadFloat32x4((*[4]float32)(x[i : i+4])).ConvertToFloat64()
}

func narrowed(v wide, x []float32, i int) {
	v.ConvertToFloat32().Store((*[4]float32)(x[i : i+4]))
}

func dot(x, y []float32) float64 {
	if !fast {
		return dotPlain(x, y)
	}
	y = y[:len(x)]
	var total wide
	j := 0
	for ; j+4 <= len(x); j += 4 {
		total = widened(x, j).MulAdd(widened(y, j), total)
	}
	var s [4]float64
	total.Store(&s)
	archsimd.ClearAVXUpperBits()
	return dotRest(s, x[j:], y[j:])
}

func scaled(x []float32, scale float64, out []float32) {
	if !fast {
		scaledPlain(x, scale, out)
		return
	}
	out = out[:len(x)]
	by := archsimd.BroadcastFloat64x4(scale)
	j := 0
	for ; j+4 <= len(x); j += 4 {
		narrowed(widened(x, j).Mul(by), out, j)
	}
	archsimd.ClearAVXUpperBits()
	scaledPlain(x[j:], scale, out[j:])
}

func combine(a float64, x []float32, b float64, y []float32, c float64, z, out []float32) {
	if !fast {
		combinePlain(a, x, b, y, c, z, out)
		return
	}
	y, z, out = y[:len(x)], z[:len(x)], out[:len(x)]
	va, vb, vc := archsimd.BroadcastFloat64x4(a), archsimd.BroadcastFloat64x4(b), archsimd.BroadcastFloat64x4(c)
	j := 0
	for ; j+4 <= len(x); j += 4 {
		t := widened(x, j).Mul(va).Add(widened(y, j).Mul(vb))
		narrowed(t.Add(widened(z, j).Mul(vc)), out, j)
	}
	archsimd.ClearAVXUpperBits()
	combinePlain(a, x[j:], b, y[j:], c, z[j:], out[j:])
}
