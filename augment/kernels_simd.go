//go:build goexperiment.simd && amd64

package augment

import "simd/archsimd"

// vector says whether this processor has the instructions; without them the
// plain kernels run.
var vector = archsimd.X86.AVX2()

// Sixteen or thirty-two numbers of a slice. The third index of the slice lets the
// compiler see that one check is enough.

func at16(p []byte, i int) archsimd.Uint8x16 {
	return archsimd.LoadUint8x16((*[16]byte)(p[i : i+16 : i+16]))
}

func put16(p []byte, i int, x archsimd.Uint8x16) { x.Store((*[16]byte)(p[i : i+16 : i+16])) }

func at32(p []byte, i int) archsimd.Uint8x32 {
	return archsimd.LoadUint8x32((*[32]byte)(p[i : i+32 : i+32]))
}

func put32(p []byte, i int, x archsimd.Uint8x32) { x.Store((*[32]byte)(p[i : i+32 : i+32])) }

func shorts(p []int16, i int) archsimd.Int16x16 {
	return archsimd.LoadInt16x16((*[16]int16)(p[i : i+16 : i+16]))
}

func putShorts(p []int16, i int, x archsimd.Int16x16) {
	x.Store((*[16]int16)(p[i : i+16 : i+16]))
}

// planeMasks and pixelMasks are the byte shuffles between 16 interleaved pixels
// (48 bytes, in three registers) and three planes: planeMasks[3*c+k] takes what
// plane c needs from register k, pixelMasks[3*k+c] what register k needs from
// plane c. -1 gives 0.
var planeMasks, pixelMasks = interleaveMasks()

func interleaveMasks() (planes, pixels [9][16]int8) {
	for i := range 9 {
		for j := range 16 {
			planes[i][j], pixels[i][j] = -1, -1
		}
	}
	for pixel := range 16 {
		for c := range 3 {
			at := 3*pixel + c
			planes[3*c+at/16][pixel] = int8(at % 16)
			pixels[3*(at/16)+c][at%16] = int8(pixel)
		}
	}
	return planes, pixels
}

func deinterleave(r, g, b, src []byte) {
	n := len(r)
	if !vector || n < 16 {
		plainDeinterleave(r, g, b, src)
		return
	}
	m0, m1, m2 := archsimd.LoadInt8x16(&planeMasks[0]), archsimd.LoadInt8x16(&planeMasks[1]), archsimd.LoadInt8x16(&planeMasks[2])
	m3, m4, m5 := archsimd.LoadInt8x16(&planeMasks[3]), archsimd.LoadInt8x16(&planeMasks[4]), archsimd.LoadInt8x16(&planeMasks[5])
	m6, m7, m8 := archsimd.LoadInt8x16(&planeMasks[6]), archsimd.LoadInt8x16(&planeMasks[7]), archsimd.LoadInt8x16(&planeMasks[8])
	for i := 0; i < n; i += 16 {
		i := min(i, n-16) // the last 16 may be done twice
		x, y, z := at16(src, 3*i), at16(src, 3*i+16), at16(src, 3*i+32)
		put16(r, i, x.PermuteOrZero(m0).Or(y.PermuteOrZero(m1)).Or(z.PermuteOrZero(m2)))
		put16(g, i, x.PermuteOrZero(m3).Or(y.PermuteOrZero(m4)).Or(z.PermuteOrZero(m5)))
		put16(b, i, x.PermuteOrZero(m6).Or(y.PermuteOrZero(m7)).Or(z.PermuteOrZero(m8)))
	}
}

func interleave(dst, r, g, b []byte) {
	n := len(r)
	if !vector || n < 16 {
		plainInterleave(dst, r, g, b)
		return
	}
	m0, m1, m2 := archsimd.LoadInt8x16(&pixelMasks[0]), archsimd.LoadInt8x16(&pixelMasks[1]), archsimd.LoadInt8x16(&pixelMasks[2])
	m3, m4, m5 := archsimd.LoadInt8x16(&pixelMasks[3]), archsimd.LoadInt8x16(&pixelMasks[4]), archsimd.LoadInt8x16(&pixelMasks[5])
	m6, m7, m8 := archsimd.LoadInt8x16(&pixelMasks[6]), archsimd.LoadInt8x16(&pixelMasks[7]), archsimd.LoadInt8x16(&pixelMasks[8])
	for i := 0; i < n; i += 16 {
		i := min(i, n-16)
		x, y, z := at16(r, i), at16(g, i), at16(b, i)
		put16(dst, 3*i, x.PermuteOrZero(m0).Or(y.PermuteOrZero(m1)).Or(z.PermuteOrZero(m2)))
		put16(dst, 3*i+16, x.PermuteOrZero(m3).Or(y.PermuteOrZero(m4)).Or(z.PermuteOrZero(m5)))
		put16(dst, 3*i+32, x.PermuteOrZero(m6).Or(y.PermuteOrZero(m7)).Or(z.PermuteOrZero(m8)))
	}
}

// sum adds the bytes.
func sum(p []byte) int {
	whole := 0
	n := 0
	if vector {
		whole = len(p) &^ 31
		zero := archsimd.BroadcastUint8x32(0)
		acc := archsimd.BroadcastUint16x16(0).AsUint64x4()
		for i := 0; i < whole; i += 32 {
			acc = acc.Add(at32(p, i).SumAbsDiff(zero).AsUint64x4())
		}
		lo, hi := acc.GetLo(), acc.GetHi()
		n = int(lo.GetElem(0) + lo.GetElem(1) + hi.GetElem(0) + hi.GetElem(1))
		archsimd.ClearAVXUpperBits()
	}
	return n + plainSum(p[whole:])
}

var backwards = [16]int8{15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}

// reverse writes from backwards to to; they may be the same.
func reverse(to, from []byte) {
	i, n := 0, len(from)
	if vector {
		mask := archsimd.LoadInt8x16(&backwards)
		for ; n-2*i >= 32; i += 16 {
			x, y := at16(from, i).PermuteOrZero(mask), at16(from, n-16-i).PermuteOrZero(mask)
			put16(to, i, y)
			put16(to, n-16-i, x)
		}
	}
	plainReverse(to[i:n-i], from[i:n-i])
}
