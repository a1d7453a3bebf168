//go:build goexperiment.simd && amd64

package portable

import (
	"math"
	"simd/archsimd"
)

// haveAVX2 says whether this processor has the instructions below; tests switch it off.
var haveAVX2 = archsimd.X86.AVX2()

// whole is how many of n values whole vectors of that many hold.
func whole(n, lanes int) int {
	if !haveAVX2 {
		return 0
	}
	return n / lanes * lanes
}

func load(x []float32) archsimd.Float32x8 { return archsimd.LoadFloat32x8((*[8]float32)(x)) }

// widened is four values in float64.
func widened(x []float32) archsimd.Float64x4 {
	return archsimd.LoadFloat32x4((*[4]float32)(x)).ConvertToFloat64()
}

func total(x []float32) float64 {
	n := whole(len(x), 4)
	if n == 0 {
		return totalPlain(x)
	}
	var sum archsimd.Float64x4
	for i := 0; i < n; i += 4 {
		sum = sum.Add(widened(x[i:]))
	}
	var s [4]float64
	sum.Store(&s)
	archsimd.ClearAVXUpperBits()
	return addTotal(s, x[n:])
}

func spread(x []float32, mean float64) float64 {
	n := whole(len(x), 4)
	if n == 0 {
		return spreadPlain(x, mean)
	}
	m := archsimd.BroadcastFloat64x4(mean)
	var sum archsimd.Float64x4
	for i := 0; i < n; i += 4 {
		d := widened(x[i:]).Sub(m)
		sum = sum.Add(d.Mul(d))
	}
	var s [4]float64
	sum.Store(&s)
	archsimd.ClearAVXUpperBits()
	return addSpread(s, x[n:], mean)
}

func moments(g, x []float32, mean float64) (sum, product float64) {
	n := whole(len(g), 4)
	if n == 0 {
		return momentsPlain(g, x, mean)
	}
	m := archsimd.BroadcastFloat64x4(mean)
	var sums, products archsimd.Float64x4
	for i := 0; i < n; i += 4 {
		v := widened(g[i:])
		sums = sums.Add(v)
		products = products.Add(v.Mul(widened(x[i:]).Sub(m)))
	}
	var s, q [4]float64
	sums.Store(&s)
	products.Store(&q)
	archsimd.ClearAVXUpperBits()
	return addMoments(s, q, g[n:], x[n:], mean)
}

func affine(dst, src []float32, a, d float32) {
	n := whole(len(dst), 8)
	if n == 0 {
		affinePlain(dst, src, a, d)
		return
	}
	va, vd := archsimd.BroadcastFloat32x8(a), archsimd.BroadcastFloat32x8(d)
	for i := 0; i < n; i += 8 {
		load(src[i:]).Mul(va).Add(vd).Store((*[8]float32)(dst[i:]))
	}
	archsimd.ClearAVXUpperBits()
	affinePlain(dst[n:], src[n:], a, d)
}

// affineMask and cut take whole words of the mask in vectors.
func affineMask(dst, src []float32, a, d float32, mask []float32) {
	n := whole(len(dst), 32)
	if n == 0 {
		affineMaskPlain(dst, src, a, d, mask)
		return
	}
	va, vd := archsimd.BroadcastFloat32x8(a), archsimd.BroadcastFloat32x8(d)
	var zero archsimd.Float32x8
	for i := 0; i < n; i += 32 {
		var bits uint32
		for k := 0; k < 32; k += 8 {
			y := load(src[i+k:]).Mul(va).Add(vd)
			through := y.Greater(zero)
			bits |= uint32(through.ToBits()) << k
			y.Masked(through).Store((*[8]float32)(dst[i+k:]))
		}
		mask[i/32] = math.Float32frombits(bits)
	}
	archsimd.ClearAVXUpperBits()
	affineMaskPlain(dst[n:], src[n:], a, d, mask[n/32:])
}

func cut(dst, grad, mask []float32) {
	n := whole(len(dst), 32)
	if n == 0 {
		cutPlain(dst, grad, mask)
		return
	}
	one := archsimd.LoadInt32x8(&[8]int32{1, 2, 4, 8, 16, 32, 64, 128}) // bit of each lane
	for i := 0; i < n; i += 32 {
		bits := math.Float32bits(mask[i/32])
		for k := 0; k < 32; k += 8 {
			through := archsimd.BroadcastInt32x8(int32(bits >> k)).And(one).Equal(one)
			load(grad[i+k:]).Masked(through).Store((*[8]float32)(dst[i+k:]))
		}
	}
	archsimd.ClearAVXUpperBits()
	cutPlain(dst[n:], grad[n:], mask[n/32:])
}

func combine(dst, g, x []float32, scale, slope, shift float32) {
	n := whole(len(dst), 8)
	if n == 0 {
		combinePlain(dst, g, x, scale, slope, shift)
		return
	}
	b := archsimd.BroadcastFloat32x8
	vc, vl, vd := b(scale), b(slope), b(shift)
	for i := 0; i < n; i += 8 {
		y := load(g[i:]).Mul(vc).Add(load(x[i:]).Mul(vl))
		y.Add(vd).Store((*[8]float32)(dst[i:]))
	}
	archsimd.ClearAVXUpperBits()
	combinePlain(dst[n:], g[n:], x[n:], scale, slope, shift)
}
