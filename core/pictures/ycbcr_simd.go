//go:build goexperiment.simd && amd64

package pictures

import "simd/archsimd"

// repeat takes 8 pixels' chroma from the first bytes of a register: each once,
// twice or four times, by the shift from a pixel's x to its chroma's.
var repeat = [3][16]int8{
	{0, 1, 2, 3, 4, 5, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1},
	{0, 0, 1, 1, 2, 2, 3, 3, -1, -1, -1, -1, -1, -1, -1, -1},
	{0, 0, 0, 0, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1},
}

// join drops the fourth byte of each of four pixels; the rest is 0.
var join = [32]int8{
	0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1,
	0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1,
}

// vectorYCbCr converts the first pixels of a row, 8 at a time, a pixel in each
// 32-bit word, and returns how many. It reads 16 bytes at a time and writes 4 behind
// the pixels, so the end of a row is left to plainYCbCr.
func vectorYCbCr(rgb, yy, cb, cr []byte, shift int, k matrix) int {
	if !archsimd.X86.AVX2() {
		return 0
	}
	n := min(len(yy)-15, (min(len(cb), len(cr))-15)<<shift)
	spread, pixels := archsimd.LoadInt8x16(&repeat[shift]), archsimd.LoadInt8x32(&join)
	black, half := archsimd.BroadcastInt32x8(k.black), archsimd.BroadcastInt32x8(1<<15)
	low, high, middle := archsimd.BroadcastInt32x8(0), archsimd.BroadcastInt32x8(255), archsimd.BroadcastInt32x8(128)
	ky, rv, bu := archsimd.BroadcastInt32x8(k.y), archsimd.BroadcastInt32x8(k.rv), archsimd.BroadcastInt32x8(k.bu)
	gu, gv := archsimd.BroadcastInt32x8(k.gu), archsimd.BroadcastInt32x8(k.gv)
	x := 0
	for ; x < n; x += 8 {
		c := x >> shift
		l := at16(yy, x).ExtendLo8ToUint32().AsInt32x8().Sub(black).Mul(ky).Add(half)
		u := at16(cb, c).PermuteOrZero(spread).ExtendLo8ToUint32().AsInt32x8().Sub(middle)
		v := at16(cr, c).PermuteOrZero(spread).ExtendLo8ToUint32().AsInt32x8().Sub(middle)
		r := l.Add(rv.Mul(v)).ShiftAllRight(16).Max(low).Min(high)
		g := l.Add(gu.Mul(u)).Add(gv.Mul(v)).ShiftAllRight(16).Max(low).Min(high)
		b := l.Add(bu.Mul(u)).ShiftAllRight(16).Max(low).Min(high)
		p := r.Or(g.ShiftAllLeft(8)).Or(b.ShiftAllLeft(16)).AsUint8x32().PermuteOrZeroGrouped(pixels)
		p.GetLo().Store((*[16]byte)(rgb[3*x : 3*x+16 : 3*x+16]))
		p.GetHi().Store((*[16]byte)(rgb[3*x+12 : 3*x+28 : 3*x+28]))
	}
	archsimd.ClearAVXUpperBits()
	return x
}

func at16(p []byte, i int) archsimd.Uint8x16 {
	return archsimd.LoadUint8x16((*[16]byte)(p[i : i+16 : i+16]))
}
