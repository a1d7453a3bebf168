//go:build goexperiment.simd && amd64

package augment

import "simd/archsimd"

// arrange repeats each pair of weights over a register. An odd number of weights
// is filled up with 0.
func (w *blurWeights) arrange() {
	if !vector {
		return
	}
	pairs := (len(w.near) + 1) / 2
	w.wide = room(w.wide, 16*pairs)
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

// blurLine adds the two pixels that share a weight, then multiplies and adds two
// such sums at a time.
func blurLine(to []int16, row []byte, w *blurWeights) {
	n, r := len(to), len(w.near)-1
	if !vector || n < 16 {
		plainBlurLine(to, row, w.near)
		return
	}
	half := archsimd.BroadcastInt32x8(1 << (blurShift - 7))
	for x := 0; x < n; x += 16 {
		x := min(x, n-16)
		s := archsimd.LoadUint8x16((*[16]byte)(row[x+r:])).ExtendToUint16()
		lo, hi := half, half
		for i := 0; ; i += 2 {
			// s is the sum of distance i, t that of i+1: with weight 0 behind the
			// last one, where anything will do.
			d := min(i+1, r)
			t := archsimd.LoadUint8x16((*[16]byte)(row[x+r-d:])).ExtendToUint16().
				Add(archsimd.LoadUint8x16((*[16]byte)(row[x+r+d:])).ExtendToUint16())
			weights := archsimd.LoadInt16x16((*[16]int16)(w.wide[8*i:]))
			lo = lo.Add(s.InterleaveLoGrouped(t).AsInt16x16().DotProductPairs(weights))
			hi = hi.Add(s.InterleaveHiGrouped(t).AsInt16x16().DotProductPairs(weights))
			d = i + 2
			if d > r {
				break
			}
			s = archsimd.LoadUint8x16((*[16]byte)(row[x+r-d:])).ExtendToUint16().
				Add(archsimd.LoadUint8x16((*[16]byte)(row[x+r+d:])).ExtendToUint16())
		}
		lo, hi = lo.ShiftAllRight(blurShift-6), hi.ShiftAllRight(blurShift-6)
		lo.SaturateToInt16ConcatGrouped(hi).Store((*[16]int16)(to[x:]))
	}
	archsimd.ClearAVXUpperBits()
}

// lowBytes picks the low bytes of 16-bit numbers, each lane's to its own half.
var lowBytes = [32]int8{
	0, 2, 4, 6, 8, 10, 12, 14, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, 0, 2, 4, 6, 8, 10, 12, 14,
}

func blurColumns(to []byte, lines [][]int16, w *blurWeights) {
	n, r := len(to), len(w.near)-1
	if !vector || n < 16 {
		plainBlurColumns(to, lines, w.near)
		return
	}
	half := archsimd.BroadcastInt32x8(1 << (blurShift + 5))
	pick := archsimd.LoadInt8x32(&lowBytes)
	for x := 0; x < n; x += 16 {
		x := min(x, n-16)
		s := archsimd.LoadInt16x16((*[16]int16)(lines[r][x:]))
		lo, hi := half, half
		for i := 0; ; i += 2 {
			d := min(i+1, r)
			t := archsimd.LoadInt16x16((*[16]int16)(lines[r-d][x:])).Add(archsimd.LoadInt16x16((*[16]int16)(lines[r+d][x:])))
			weights := archsimd.LoadInt16x16((*[16]int16)(w.wide[8*i:]))
			lo = lo.Add(s.InterleaveLoGrouped(t).DotProductPairs(weights))
			hi = hi.Add(s.InterleaveHiGrouped(t).DotProductPairs(weights))
			d = i + 2
			if d > r {
				break
			}
			s = archsimd.LoadInt16x16((*[16]int16)(lines[r-d][x:])).Add(archsimd.LoadInt16x16((*[16]int16)(lines[r+d][x:])))
		}
		lo, hi = lo.ShiftAllRight(blurShift+6), hi.ShiftAllRight(blurShift+6)
		y := lo.SaturateToInt16ConcatGrouped(hi).AsUint8x32().PermuteOrZeroGrouped(pick)
		y.GetLo().Or(y.GetHi()).Store((*[16]byte)(to[x:]))
	}
	archsimd.ClearAVXUpperBits()
}
