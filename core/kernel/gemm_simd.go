//go:build goexperiment.simd && amd64

package kernel

import "simd/archsimd"

// vectors says how multiplyTile computes, for tests and benchmarks.
var vectors = vectorSet()

var haveFMA = archsimd.X86.AVX2() && archsimd.X86.FMA()

func vectorSet() string {
	if haveFMA {
		return "avx2"
	}
	return "plain"
}

// multiplyTile sums one tile: a holds depth columns of tileM elements, followed by
// at least three more floats of any value, b depth rows of tileN.
//
// Each element of a is loaded as the first of four and copied to all lanes, since
// the compiler would keep single floats in registers and run out of those. Four
// steps at a time, as a step's sums change registers. The upper halves of the
// registers are cleared at the end: the compiler's instructions for single floats
// are many times slower while they are in use.
func multiplyTile(depth int, a, b []float32, t *tile) {
	if !haveFMA {
		multiplyTilePlain(depth, a, b, t)
		return
	}
	var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float32x8
	var b0, b1, v archsimd.Float32x8
	for ; depth >= 4; depth -= 4 {
		x := (*[19]float32)(a)
		y := (*[64]float32)(b)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[0:8]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[8:16]))
		v = archsimd.LoadFloat32x4((*[4]float32)(x[0:4])).Broadcast1To8()
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[1:5])).Broadcast1To8()
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[2:6])).Broadcast1To8()
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[3:7])).Broadcast1To8()
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[16:24]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[24:32]))
		v = archsimd.LoadFloat32x4((*[4]float32)(x[4:8])).Broadcast1To8()
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[5:9])).Broadcast1To8()
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[6:10])).Broadcast1To8()
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[7:11])).Broadcast1To8()
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[32:40]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[40:48]))
		v = archsimd.LoadFloat32x4((*[4]float32)(x[8:12])).Broadcast1To8()
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[9:13])).Broadcast1To8()
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[10:14])).Broadcast1To8()
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[11:15])).Broadcast1To8()
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[48:56]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[56:64]))
		v = archsimd.LoadFloat32x4((*[4]float32)(x[12:16])).Broadcast1To8()
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[13:17])).Broadcast1To8()
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[14:18])).Broadcast1To8()
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[15:19])).Broadcast1To8()
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		a, b = a[16:], b[64:]
	}
	for ; depth >= 1; depth -= 1 {
		x := (*[7]float32)(a)
		y := (*[16]float32)(b)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[0:8]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[8:16]))
		v = archsimd.LoadFloat32x4((*[4]float32)(x[0:4])).Broadcast1To8()
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[1:5])).Broadcast1To8()
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[2:6])).Broadcast1To8()
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x4((*[4]float32)(x[3:7])).Broadcast1To8()
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		a, b = a[4:], b[16:]
	}
	s00.Store((*[8]float32)(t[0:8]))
	s01.Store((*[8]float32)(t[8:16]))
	s10.Store((*[8]float32)(t[16:24]))
	s11.Store((*[8]float32)(t[24:32]))
	s20.Store((*[8]float32)(t[32:40]))
	s21.Store((*[8]float32)(t[40:48]))
	s30.Store((*[8]float32)(t[48:56]))
	s31.Store((*[8]float32)(t[56:64]))
	archsimd.ClearAVXUpperBits()
}

// updateTile is updateTilePlain, to the same bits: no product is fused with a sum.
// It compares no floats, which the compiler would do in the loop, slowly.
func updateTile(c []float32, ldc, rows, cols int, t *tile, f *factors) {
	if !haveFMA || cols < tileN {
		updateTilePlain(c, ldc, rows, cols, t, f)
		return
	}
	va := archsimd.LoadFloat32x4((*[4]float32)(f.values[0:4])).Broadcast1To8()
	vb := archsimd.LoadFloat32x4((*[4]float32)(f.values[1:5])).Broadcast1To8()
	for r := range rows {
		to := (*[tileN]float32)(c[r*ldc:])
		from := (*[tileN]float32)(t[r*tileN:])
		lo, hi := (*[8]float32)(to[0:8]), (*[8]float32)(to[8:16])
		v := archsimd.LoadFloat32x8((*[8]float32)(from[0:8])).Mul(va)
		w := archsimd.LoadFloat32x8((*[8]float32)(from[8:16])).Mul(va)
		if f.add {
			v = archsimd.LoadFloat32x8(lo).Add(v)
			w = archsimd.LoadFloat32x8(hi).Add(w)
		} else if f.read {
			v = v.Add(archsimd.LoadFloat32x8(lo).Mul(vb))
			w = w.Add(archsimd.LoadFloat32x8(hi).Mul(vb))
		}
		v.Store(lo)
		w.Store(hi)
	}
	archsimd.ClearAVXUpperBits()
}
