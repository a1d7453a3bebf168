//go:build goexperiment.simd && amd64

package augment

import (
	"encoding/binary"
	"simd/archsimd"

	"github.com/jumelle/jumelle/core"
)

// arrangeRow lays the weights out for filterLine. When 8 neighbouring outputs
// take a tap from within 16 bytes, one shuffle brings these taps together for
// any tap number: outputs 8g..8g+7 start at bases[g], masks[16g..] picks the
// taps t and t+1 of each from there on, pairs holds the weights of both.
func (a *axis) arrangeRow() {
	if !vector || a.identity || a.n < 16 {
		return
	}
	blocks := (a.n + 15) / 16
	groups := 2 * blocks
	a.bases = core.Sized(a.bases, groups)
	a.masks = core.Sized(a.masks, groups*16)
	a.pairs = core.Sized(a.pairs, groups*8*a.k)
	for g := range groups {
		from := min(g/2*16, a.n-16) + g%2*8
		start := a.start[from : from+8]
		base := min(start[0], start[7])
		if max(start[0], start[7])-base > 14 {
			a.arrangeDots()
			return
		}
		a.bases[g] = base
		mask := a.masks[16*g : 16*g+16]
		weights := a.pairs[g*8*a.k : (g+1)*8*a.k]
		for i, s := range start {
			mask[2*i], mask[2*i+1] = int8(s-base), int8(s-base+1)
			for t, w := range a.weights[(from+i)*a.k : (from+i+1)*a.k] {
				weights[t/2*16+2*i+t%2] = w
			}
		}
	}
	a.layout = shuffled
}

// arrangeDots lays the weights out for steps above 2: each output's weights, with
// zeros up to a multiple of 16.
func (a *axis) arrangeDots() {
	long := (a.k + 15) &^ 15
	a.pairs = core.Sized(a.pairs, a.n*long)
	clear(a.pairs)
	for j := range a.n {
		copy(a.pairs[j*long:], a.weights[j*a.k:(j+1)*a.k])
	}
	a.layout = dotted
}

// arrangeColumns packs pairs of weights into words, which one instruction
// repeats over a register.
func (a *axis) arrangeColumns() {
	if !vector || a.identity {
		return
	}
	a.words = core.Sized(a.words, a.n*a.k/2)
	for i := range a.words {
		a.words[i] = int32(a.weights[2*i+1])<<16 | int32(uint16(a.weights[2*i]))
	}
}

// narrow picks, of four 32-bit sums a lane packed to 16 bits, the low bytes:
// [a0-3 b0-3 | a4-7 b4-7] -> a0-3, a4-7, b0-3, b4-7 once both lanes are joined.
var narrow = [32]int8{
	0, 2, 4, 6, -1, -1, -1, -1, 8, 10, 12, 14, -1, -1, -1, -1,
	-1, -1, -1, -1, 0, 2, 4, 6, -1, -1, -1, -1, 8, 10, 12, 14,
}

func filterLine(to, row []byte, a *axis) {
	switch {
	case len(to) != a.n || a.layout == unarranged:
		plainFilterLine(to, row, a)
	case a.layout == shuffled:
		shuffleLine(to, row, a)
	default:
		dotLine(to, row, a)
	}
}

func shuffleLine(to, row []byte, a *axis) {
	n, k := a.n, a.k
	shift := archsimd.BroadcastInt32x8(int32(a.shift))
	half := archsimd.BroadcastInt32x8(int32(1) << a.shift >> 1)
	pick := archsimd.LoadInt8x32(&narrow)
	low, high := archsimd.BroadcastInt16x16(0), archsimd.BroadcastInt16x16(255)
	for block := 0; 16*block < n; block++ {
		g := 2 * block
		m0 := archsimd.LoadInt8x16((*[16]int8)(a.masks[16*g : 16*g+16]))
		m1 := archsimd.LoadInt8x16((*[16]int8)(a.masks[16*g+16:]))
		r0, r1 := row[a.bases[g]:], row[a.bases[g+1]:]
		w0, w1 := a.pairs[g*8*k:(g+1)*8*k], a.pairs[(g+1)*8*k:(g+2)*8*k]
		s0, s1 := half, half
		for t := 0; t < k; t += 2 {
			x0 := at16(r0, t).PermuteOrZero(m0).ExtendToUint16().AsInt16x16()
			x1 := at16(r1, t).PermuteOrZero(m1).ExtendToUint16().AsInt16x16()
			s0 = s0.Add(x0.DotProductPairs(shorts(w0, 8*t)))
			s1 = s1.Add(x1.DotProductPairs(shorts(w1, 8*t)))
		}
		s0, s1 = s0.ShiftRight(shift), s1.ShiftRight(shift)
		y := s0.SaturateToInt16ConcatGrouped(s1).Max(low).Min(high).AsUint8x32().PermuteOrZeroGrouped(pick)
		put16(to, min(16*block, n-16), y.GetLo().Or(y.GetHi()))
	}
	archsimd.ClearAVXUpperBits()
}

func dotLine(to, row []byte, a *axis) {
	n := a.n
	shift := archsimd.BroadcastInt32x4(int32(a.shift))
	long := (a.k + 15) &^ 15
	half := archsimd.BroadcastInt32x4(int32(1) << a.shift >> 1)
	low, high := archsimd.BroadcastInt32x4(0), archsimd.BroadcastInt32x4(255)
	pick := archsimd.LoadInt8x16(&firstBytes)
	for j := 0; j < n; j += 4 {
		j := min(j, n-4)
		y0 := dot(row[a.start[j]:], a.pairs[j*long:(j+1)*long])
		y1 := dot(row[a.start[j+1]:], a.pairs[(j+1)*long:(j+2)*long])
		y2 := dot(row[a.start[j+2]:], a.pairs[(j+2)*long:(j+3)*long])
		y3 := dot(row[a.start[j+3]:], a.pairs[(j+3)*long:(j+4)*long])
		y := y0.AddPairsGrouped(y1).AddPairsGrouped(y2.AddPairsGrouped(y3))
		z := y.GetLo().Add(y.GetHi()).Add(half).ShiftRight(shift).Max(low).Min(high)
		bytes := z.AsUint8x16().PermuteOrZero(pick).AsUint32x4().GetElem(0)
		binary.LittleEndian.PutUint32(to[j:], bytes)
	}
	archsimd.ClearAVXUpperBits()
}

var firstBytes = [16]int8{0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}

// dot is eight partial sums of row * weights.
func dot(row []byte, weights []int16) archsimd.Int32x8 {
	var s archsimd.Int32x8
	for t := 0; t < len(weights); t += 16 {
		x := at16(row, t).ExtendToUint16().AsInt16x16()
		s = s.Add(x.DotProductPairs(shorts(weights, t)))
	}
	return s
}

// filterColumns works on 32 bytes at a time: the even and the odd ones as 16-bit
// numbers, those of two rows interleaved, so that one instruction multiplies and
// adds both rows.
func filterColumns(to, ring []byte, first int, a *axis, y int) {
	width := len(to)
	if !vector || width < 32 {
		plainFilterColumns(to, ring, first, a, y)
		return
	}
	k := a.k
	shift := archsimd.BroadcastInt32x8(int32(a.shift))
	words := a.words[y*k/2 : (y+1)*k/2]
	half := archsimd.BroadcastInt32x8(int32(1) << a.shift >> 1)
	even := archsimd.BroadcastUint16x16(0x00FF)
	low, high := archsimd.BroadcastInt16x16(0), archsimd.BroadcastInt16x16(255)
	start, end := first%k*width, k*width
	for x := 0; x < width; x += 32 {
		x := min(x, width-32)
		at := start + x
		s0, s1, s2, s3 := half, half, half, half
		for _, word := range words {
			p := at32(ring, at).AsUint16x16()
			if at += width; at >= end {
				at -= end
			}
			q := at32(ring, at).AsUint16x16()
			if at += width; at >= end {
				at -= end
			}
			w := archsimd.BroadcastInt32x8(word).AsInt16x16()
			p0, q0 := p.And(even), q.And(even)
			p1, q1 := upper(p, even), upper(q, even)
			s0 = s0.Add(p0.InterleaveLoGrouped(q0).AsInt16x16().DotProductPairs(w))
			s1 = s1.Add(p0.InterleaveHiGrouped(q0).AsInt16x16().DotProductPairs(w))
			s2 = s2.Add(p1.InterleaveLoGrouped(q1).AsInt16x16().DotProductPairs(w))
			s3 = s3.Add(p1.InterleaveHiGrouped(q1).AsInt16x16().DotProductPairs(w))
		}
		e := s0.ShiftRight(shift).SaturateToInt16ConcatGrouped(s1.ShiftRight(shift)).Max(low).Min(high)
		o := s2.ShiftRight(shift).SaturateToInt16ConcatGrouped(s3.ShiftRight(shift)).Max(low).Min(high)
		put32(to, x, e.Or(o.ShiftAllLeft(8)).AsUint8x32())
	}
	archsimd.ClearAVXUpperBits()
}
