//go:build goexperiment.simd && amd64

package augment

import (
	"simd/archsimd"

	"github.com/jumelle/jumelle/core"
)

// arrange repeats each pair of weights over a register. An odd number of weights
// is filled up with 0.
func (w *blurWeights) arrange() {
	if !vector {
		return
	}
	pairs := (len(w.near) + 1) / 2
	w.wide = core.Sized(w.wide, 16*pairs)
	for p := range pairs {
		first, second := w.near[2*p], int16(0)
		if 2*p+1 < len(w.near) {
			second = w.near[2*p+1]
		}
		for i := 0; i < 16; i += 2 {
			w.wide[16*p+i], w.wide[16*p+i+1] = first, second
		}
	}
}

// blurLine works on 32 pixels at a time, the even and the odd ones as 16-bit
// numbers. It adds the two pixels that share a weight, then multiplies and adds
// two such sums at a time. A line holds, for each 32 pixels, the 16 even and then
// the 16 odd results; the last 32 may begin inside those before.
func blurLine(to []int16, row []byte, n int, w *blurWeights) {
	r := len(w.near) - 1
	if !vector || n < 32 {
		plainBlurLine(to[:n], row, w.near)
		return
	}
	half := archsimd.BroadcastInt32x8(1 << (blurShift - 7))
	even := archsimd.BroadcastUint16x16(0x00FF)
	for block := 0; block < n; block += 32 {
		centre := min(block, n-32) + r
		x := at32(row, centre).AsUint16x16()
		s0, s1 := x.And(even), upper(x, even)
		a0, a1, a2, a3 := half, half, half, half
		for d := 1; ; d += 2 {
			// s is the sum at distance d-1, t that at d. Behind the last one the
			// weight is 0, and anything will do.
			e := min(d, r)
			x, y := at32(row, centre-e).AsUint16x16(), at32(row, centre+e).AsUint16x16()
			t0, t1 := x.And(even).Add(y.And(even)), upper(x, even).Add(upper(y, even))
			weights := shorts(w.wide, 8*(d-1))
			a0 = a0.Add(s0.InterleaveLoGrouped(t0).AsInt16x16().DotProductPairs(weights))
			a1 = a1.Add(s0.InterleaveHiGrouped(t0).AsInt16x16().DotProductPairs(weights))
			a2 = a2.Add(s1.InterleaveLoGrouped(t1).AsInt16x16().DotProductPairs(weights))
			a3 = a3.Add(s1.InterleaveHiGrouped(t1).AsInt16x16().DotProductPairs(weights))
			e = d + 1
			if e > r {
				break
			}
			x, y = at32(row, centre-e).AsUint16x16(), at32(row, centre+e).AsUint16x16()
			s0, s1 = x.And(even).Add(y.And(even)), upper(x, even).Add(upper(y, even))
		}
		putShorts(to, block, a0.ShiftAllRight(blurShift-6).SaturateToInt16ConcatGrouped(a1.ShiftAllRight(blurShift-6)))
		putShorts(to, block+16, a2.ShiftAllRight(blurShift-6).SaturateToInt16ConcatGrouped(a3.ShiftAllRight(blurShift-6)))
	}
	archsimd.ClearAVXUpperBits()
}

func blurColumns(to []byte, lines [][]int16, w *blurWeights) {
	n, r := len(to), len(w.near)-1
	if !vector || n < 32 {
		plainBlurColumns(to, lines, w.near)
		return
	}
	half := archsimd.BroadcastInt32x8(1 << (blurShift + 5))
	for block := 0; block < n; block += 32 {
		s0, s1 := shorts(lines[r], block), shorts(lines[r], block+16)
		a0, a1, a2, a3 := half, half, half, half
		for d := 1; ; d += 2 {
			e := min(d, r)
			x, y := lines[r-e], lines[r+e]
			t0, t1 := shorts(x, block).Add(shorts(y, block)), shorts(x, block+16).Add(shorts(y, block+16))
			weights := shorts(w.wide, 8*(d-1))
			a0 = a0.Add(s0.InterleaveLoGrouped(t0).DotProductPairs(weights))
			a1 = a1.Add(s0.InterleaveHiGrouped(t0).DotProductPairs(weights))
			a2 = a2.Add(s1.InterleaveLoGrouped(t1).DotProductPairs(weights))
			a3 = a3.Add(s1.InterleaveHiGrouped(t1).DotProductPairs(weights))
			e = d + 1
			if e > r {
				break
			}
			x, y = lines[r-e], lines[r+e]
			s0, s1 = shorts(x, block).Add(shorts(y, block)), shorts(x, block+16).Add(shorts(y, block+16))
		}
		even := a0.ShiftAllRight(blurShift + 6).SaturateToInt16ConcatGrouped(a1.ShiftAllRight(blurShift + 6))
		odd := a2.ShiftAllRight(blurShift + 6).SaturateToInt16ConcatGrouped(a3.ShiftAllRight(blurShift + 6))
		put32(to, min(block, n-32), even.Or(odd.ShiftAllLeft(8)).AsUint8x32())
	}
	archsimd.ClearAVXUpperBits()
}
