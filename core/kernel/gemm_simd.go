//go:build goexperiment.simd && amd64

package kernel

import "simd/archsimd"

// vectors says how multiplyPanel computes, for tests and benchmarks.
var vectors = vectorSet()

var haveFMA = archsimd.X86.AVX2() && archsimd.X86.FMA()

func vectorSet() string {
	if haveFMA {
		return "avx2"
	}
	return "plain"
}

// spreadBy is how many times multiplyPanel repeats an element of a: once a lane.
const spreadBy = 8

// multiplyPanel is multiplyPanelPlain in vectors. The elements of a are spread over
// vectors first: filling the lanes tile by tile would cost as much as the products.
func multiplyPanel(p *packs, a []float32, rows, width, depth int, c []float32, ldc int, f *factors) {
	if !haveFMA {
		multiplyPanelPlain(p, a, rows, width, depth, c, ldc, f)
		return
	}
	spread(p.wide, a, tileM*depth)
	var t tile
	for j := 0; j < width; j += tileN {
		multiplyTile(depth, p.wide, p.b[j*depth:][:tileN*depth], &t)
		updateTile(c[j:], ldc, rows, min(width-j, tileN), &t, f)
	}
}

// spread writes each of n elements of a, a multiple of tileM which three more
// floats follow, into all lanes of a vector.
func spread(to, a []float32, n int) {
	for ; n > 0; n -= tileM {
		x := (*[7]float32)(a)
		y := (*[spreadBy * tileM]float32)(to)
		archsimd.LoadFloat32x4((*[4]float32)(x[0:4])).Broadcast1To8().Store((*[8]float32)(y[0:8]))
		archsimd.LoadFloat32x4((*[4]float32)(x[1:5])).Broadcast1To8().Store((*[8]float32)(y[8:16]))
		archsimd.LoadFloat32x4((*[4]float32)(x[2:6])).Broadcast1To8().Store((*[8]float32)(y[16:24]))
		archsimd.LoadFloat32x4((*[4]float32)(x[3:7])).Broadcast1To8().Store((*[8]float32)(y[24:32]))
		a, to = a[tileM:], to[spreadBy*tileM:]
	}
	archsimd.ClearAVXUpperBits()
}

// multiplyTile sums one tile: a holds depth columns of tileM vectors, each of
// one element, b depth rows of tileN. Four steps at a time, as a step's sums change
// registers. Nearly all it does is fused products: 100 GFLOP/s of a possible 129 on
// a core of Zen 3.
func multiplyTile(depth int, a, b []float32, t *tile) {
	var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float32x8
	var b0, b1, v archsimd.Float32x8
	for ; depth >= 4; depth -= 4 {
		x := (*[128]float32)(a)
		y := (*[64]float32)(b)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[0:8]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[8:16]))
		v = archsimd.LoadFloat32x8((*[8]float32)(x[0:8]))
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[8:16]))
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[16:24]))
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[24:32]))
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[16:24]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[24:32]))
		v = archsimd.LoadFloat32x8((*[8]float32)(x[32:40]))
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[40:48]))
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[48:56]))
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[56:64]))
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[32:40]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[40:48]))
		v = archsimd.LoadFloat32x8((*[8]float32)(x[64:72]))
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[72:80]))
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[80:88]))
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[88:96]))
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[48:56]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[56:64]))
		v = archsimd.LoadFloat32x8((*[8]float32)(x[96:104]))
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[104:112]))
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[112:120]))
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[120:128]))
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		a, b = a[128:], b[64:]
	}
	for ; depth >= 1; depth -= 1 {
		x := (*[32]float32)(a)
		y := (*[16]float32)(b)
		b0 = archsimd.LoadFloat32x8((*[8]float32)(y[0:8]))
		b1 = archsimd.LoadFloat32x8((*[8]float32)(y[8:16]))
		v = archsimd.LoadFloat32x8((*[8]float32)(x[0:8]))
		s00 = v.MulAdd(b0, s00)
		s01 = v.MulAdd(b1, s01)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[8:16]))
		s10 = v.MulAdd(b0, s10)
		s11 = v.MulAdd(b1, s11)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[16:24]))
		s20 = v.MulAdd(b0, s20)
		s21 = v.MulAdd(b1, s21)
		v = archsimd.LoadFloat32x8((*[8]float32)(x[24:32]))
		s30 = v.MulAdd(b0, s30)
		s31 = v.MulAdd(b1, s31)
		a, b = a[32:], b[16:]
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
	if cols < tileN {
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
