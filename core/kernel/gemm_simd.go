//go:build goexperiment.simd && amd64

package kernel

import "simd/archsimd"

// What this processor has; tests switch it off.
var (
	haveAVX2   = archsimd.X86.AVX2() && archsimd.X86.FMA()
	haveAVX512 = haveAVX2 && archsimd.X86.AVX512()
)

// spreadBy is how many times multiplyBlock repeats an element of a: once a lane.
const spreadBy = 8

// multiplyBlock is multiplyBlockPlain in vectors.
func multiplyBlock(p *packs, height, width, depth int, c []float32, ldc int, f *factors) {
	switch {
	case haveAVX512:
		multiplyBlockWide(p, height, width, depth, c, ldc, f)
	case haveAVX2:
		multiplyBlockHalves(p, height, width, depth, c, ldc, f)
	default:
		multiplyBlockPlain(p, height, width, depth, c, ldc, f)
	}
}

// multiplyBlockWide computes tiles where they belong, or beside c if it holds a part.
func multiplyBlockWide(p *packs, height, width, depth int, c []float32, ldc int, f *factors) {
	var t tile
	alone := newFactors(1, 0)
	for i := 0; i < height; i += tileM {
		a, rows := p.a[i*depth:][:tileM*depth+tileM], min(height-i, tileM)
		for j := 0; j < width; j += tileN {
			b, cols := p.b[j*depth:][:tileN*depth], min(width-j, tileN)
			if rows == tileM && cols == tileN {
				multiplyWide(depth, a, b, c[i*ldc+j:], ldc, f)
				continue
			}
			multiplyWide(depth, a, b, t[:], tileN, &alone)
			updateTile(c[i*ldc+j:], ldc, rows, cols, &t, f)
		}
	}
}

// multiplyBlockHalves spreads the elements of a over vectors first, a panel at a
// time: filling the lanes tile by tile would cost as much as the products. (With
// twice the lanes it costs nothing.)
func multiplyBlockHalves(p *packs, height, width, depth int, c []float32, ldc int, f *factors) {
	var t tile
	for i := 0; i < height; i += tileM {
		spread(p.wide, p.a[i*depth:][:tileM*depth+tileM], tileM*depth)
		for j := 0; j < width; j += tileN {
			cols := min(width-j, tileN)
			for at := 0; at < cols; at += tileN / 2 {
				multiplyHalf(depth, p.wide, p.b[j*depth:][:tileN*depth], &t, at)
			}
			updateTile(c[i*ldc+j:], ldc, min(height-i, tileM), cols, &t, f)
		}
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

// updateTile is updateTilePlain, to the same bits: no product is fused with a sum.
// It compares no floats, which the compiler would do in the loop, slowly.
func updateTile(c []float32, ldc, rows, cols int, t *tile, f *factors) {
	whole := cols / 8 * 8
	va := archsimd.LoadFloat32x4((*[4]float32)(f.values[0:4])).Broadcast1To8()
	vb := archsimd.LoadFloat32x4((*[4]float32)(f.values[1:5])).Broadcast1To8()
	for r := range rows {
		to, from := c[r*ldc:][:whole], t[r*tileN:][:whole]
		for len(to) >= 8 && len(from) >= 8 {
			at := (*[8]float32)(to)
			v := archsimd.LoadFloat32x8((*[8]float32)(from)).Mul(va)
			if f.add {
				v = archsimd.LoadFloat32x8(at).Add(v)
			} else if f.read {
				v = v.Add(archsimd.LoadFloat32x8(at).Mul(vb))
			}
			v.Store(at)
			to, from = to[8:], from[8:]
		}
	}
	archsimd.ClearAVXUpperBits()
	if whole < cols {
		updateRest(c, ldc, rows, whole, cols, t, f)
	}
}

// interleave is interleavePlain, eight columns at a time.
func interleave(to []float32, stride int, from []float32, ld, n int) {
	whole := n / 8 * 8
	if !haveAVX2 {
		whole = 0
	}
	for q := 0; q < whole; q += 8 {
		r0, r1 := ints(from[q:]), ints(from[ld+q:])
		r2, r3 := ints(from[2*ld+q:]), ints(from[3*ld+q:])
		// Columns 0, 1 and 4, 5 of two rows each, then 2, 3 and 6, 7.
		x0, x1 := r0.InterleaveLoGrouped(r1).AsInt64x4(), r2.InterleaveLoGrouped(r3).AsInt64x4()
		y0, y1 := r0.InterleaveHiGrouped(r1).AsInt64x4(), r2.InterleaveHiGrouped(r3).AsInt64x4()
		storeHalves(x0.InterleaveLoGrouped(x1), to[q*stride:], 4*stride)
		storeHalves(x0.InterleaveHiGrouped(x1), to[(q+1)*stride:], 4*stride)
		storeHalves(y0.InterleaveLoGrouped(y1), to[(q+2)*stride:], 4*stride)
		storeHalves(y0.InterleaveHiGrouped(y1), to[(q+3)*stride:], 4*stride)
	}
	if whole > 0 {
		archsimd.ClearAVXUpperBits()
	}
	if whole < n {
		interleavePlain(to[whole*stride:], stride, from[whole:], ld, n-whole)
	}
}

func ints(x []float32) archsimd.Int32x8 {
	return archsimd.LoadFloat32x8((*[8]float32)(x)).AsInt32x8()
}

// storeHalves writes the first four lanes to the start, the others apart from it.
func storeHalves(v archsimd.Int64x4, to []float32, apart int) {
	f := v.AsFloat32x8()
	f.GetLo().Store((*[4]float32)(to))
	f.GetHi().Store((*[4]float32)(to[apart:]))
}
