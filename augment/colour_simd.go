//go:build goexperiment.simd && amd64

package augment

import "simd/archsimd"

// The float kernels take 32 bytes as eight 32-bit words and work on the first,
// second, third and fourth bytes of the words in turn, the 16-bit ones on even
// and odd bytes: neither unpacks nor packs.

type (
	words  = archsimd.Uint32x8
	floats = archsimd.Float32x8
	halves = archsimd.Uint16x16
)

// Between vector instructions one of the old encoding costs dozens of cycles, and
// the compiler uses them for two things: the count of an unsigned right shift,
// even a constant one, and scalar floats that live across a loop. Hence signed
// shifts and masks here, shifts by a register of counts elsewhere, and a function
// of its own for each loop, in which no scalar float is used after it began.

// toFloat converts the byte of each word that a right shift by s makes lowest.
func toFloat(x, lowest words, s uint64) floats {
	return x.AsInt32x8().ShiftAllRight(s).AsUint32x8().And(lowest).AsInt32x8().ConvertToFloat32()
}

// toByte clamps and truncates.
func toByte(x, zero, most floats) words {
	return x.Max(zero).Min(most).ConvertToInt32().AsUint32x8()
}

func affine(p []byte, f, g float32) {
	n := 0
	if vector {
		n = len(p) &^ 31
		affineBlocks(p[:n], f, g)
	}
	plainAffine(p[n:], f, g)
}

func affineBlocks(p []byte, f, g float32) {
	lowest := archsimd.BroadcastUint32x8(255)
	zero, most := archsimd.BroadcastFloat32x8(0), archsimd.BroadcastFloat32x8(255)
	vf, vg := archsimd.BroadcastFloat32x8(f), archsimd.BroadcastFloat32x8(g)
	for i := 0; i < len(p); i += 32 {
		x := at32(p, i).AsUint32x8()
		y0 := toByte(toFloat(x, lowest, 0).Mul(vf).Add(vg), zero, most)
		y1 := toByte(toFloat(x, lowest, 8).Mul(vf).Add(vg), zero, most)
		y2 := toByte(toFloat(x, lowest, 16).Mul(vf).Add(vg), zero, most)
		y3 := toByte(toFloat(x, lowest, 24).Mul(vf).Add(vg), zero, most)
		put32(p, i, y0.Or(y1.ShiftAllLeft(8)).Or(y2.ShiftAllLeft(16)).Or(y3.ShiftAllLeft(24)).AsUint8x32())
	}
	archsimd.ClearAVXUpperBits()
}

func toGray(dst, r, g, b []byte) {
	n := 0
	if vector {
		n = len(dst) &^ 31
		toGrayBlocks(dst[:n], r, g, b)
	}
	plainToGray(dst[n:], r[n:], g[n:], b[n:])
}

func toGrayBlocks(dst, r, g, b []byte) {
	lowest := archsimd.BroadcastUint32x8(255)
	wr, wg, wb := archsimd.BroadcastFloat32x8(0.2989), archsimd.BroadcastFloat32x8(0.587), archsimd.BroadcastFloat32x8(0.114)
	for i := 0; i < len(dst); i += 32 {
		xr, xg, xb := at32(r, i).AsUint32x8(), at32(g, i).AsUint32x8(), at32(b, i).AsUint32x8()
		y0 := grayOf(toFloat(xr, lowest, 0), toFloat(xg, lowest, 0), toFloat(xb, lowest, 0), wr, wg, wb)
		y1 := grayOf(toFloat(xr, lowest, 8), toFloat(xg, lowest, 8), toFloat(xb, lowest, 8), wr, wg, wb)
		y2 := grayOf(toFloat(xr, lowest, 16), toFloat(xg, lowest, 16), toFloat(xb, lowest, 16), wr, wg, wb)
		y3 := grayOf(toFloat(xr, lowest, 24), toFloat(xg, lowest, 24), toFloat(xb, lowest, 24), wr, wg, wb)
		y := y0.Or(y1.ShiftAllLeft(8)).Or(y2.ShiftAllLeft(16)).Or(y3.ShiftAllLeft(24))
		put32(dst, i, y.AsUint8x32())
	}
	archsimd.ClearAVXUpperBits()
}

// grayOf is gray with the weights of torchvision.
func grayOf(r, g, b, wr, wg, wb floats) archsimd.Int32x8 {
	return r.Mul(wr).Add(g.Mul(wg)).Add(b.Mul(wb)).ConvertToInt32()
}

func saturate(r, g, b []byte, f, rest float32) {
	n := 0
	if vector {
		n = len(r) &^ 31
		saturateBlocks(r[:n], g, b, f, rest)
	}
	plainSaturate(r[n:], g[n:], b[n:], f, rest)
}

func saturateBlocks(r, g, b []byte, f, rest float32) {
	lowest := archsimd.BroadcastUint32x8(255)
	zero, most := archsimd.BroadcastFloat32x8(0), archsimd.BroadcastFloat32x8(255)
	wr, wg, wb := archsimd.BroadcastFloat32x8(0.2989), archsimd.BroadcastFloat32x8(0.587), archsimd.BroadcastFloat32x8(0.114)
	vf, vrest := archsimd.BroadcastFloat32x8(f), archsimd.BroadcastFloat32x8(rest)
	for i := 0; i < len(r); i += 32 {
		xr, xg, xb := at32(r, i).AsUint32x8(), at32(g, i).AsUint32x8(), at32(b, i).AsUint32x8()
		fr, fg, fb := toFloat(xr, lowest, 0), toFloat(xg, lowest, 0), toFloat(xb, lowest, 0)
		grays := grayOf(fr, fg, fb, wr, wg, wb).ConvertToFloat32().Mul(vrest)
		yr := toByte(fr.Mul(vf).Add(grays), zero, most)
		yg := toByte(fg.Mul(vf).Add(grays), zero, most)
		yb := toByte(fb.Mul(vf).Add(grays), zero, most)
		fr, fg, fb = toFloat(xr, lowest, 8), toFloat(xg, lowest, 8), toFloat(xb, lowest, 8)
		grays = grayOf(fr, fg, fb, wr, wg, wb).ConvertToFloat32().Mul(vrest)
		yr = yr.Or(toByte(fr.Mul(vf).Add(grays), zero, most).ShiftAllLeft(8))
		yg = yg.Or(toByte(fg.Mul(vf).Add(grays), zero, most).ShiftAllLeft(8))
		yb = yb.Or(toByte(fb.Mul(vf).Add(grays), zero, most).ShiftAllLeft(8))
		fr, fg, fb = toFloat(xr, lowest, 16), toFloat(xg, lowest, 16), toFloat(xb, lowest, 16)
		grays = grayOf(fr, fg, fb, wr, wg, wb).ConvertToFloat32().Mul(vrest)
		yr = yr.Or(toByte(fr.Mul(vf).Add(grays), zero, most).ShiftAllLeft(16))
		yg = yg.Or(toByte(fg.Mul(vf).Add(grays), zero, most).ShiftAllLeft(16))
		yb = yb.Or(toByte(fb.Mul(vf).Add(grays), zero, most).ShiftAllLeft(16))
		fr, fg, fb = toFloat(xr, lowest, 24), toFloat(xg, lowest, 24), toFloat(xb, lowest, 24)
		grays = grayOf(fr, fg, fb, wr, wg, wb).ConvertToFloat32().Mul(vrest)
		yr = yr.Or(toByte(fr.Mul(vf).Add(grays), zero, most).ShiftAllLeft(24))
		yg = yg.Or(toByte(fg.Mul(vf).Add(grays), zero, most).ShiftAllLeft(24))
		yb = yb.Or(toByte(fb.Mul(vf).Add(grays), zero, most).ShiftAllLeft(24))
		put32(r, i, yr.AsUint8x32())
		put32(g, i, yg.AsUint8x32())
		put32(b, i, yb.AsUint8x32())
	}
	archsimd.ClearAVXUpperBits()
}

func turnHue(r, g, b []byte, sixth, part int) {
	n := 0
	if vector {
		n = len(r) &^ 31
		turnHueBlocks(r[:n], g, b, sixth, part)
	}
	plainTurnHue(r[n:], g[n:], b[n:], sixth, part)
}

func turnHueBlocks(r, g, b []byte, sixth, part int) {
	even := archsimd.BroadcastUint16x16(0x00FF)
	turn, rest := archsimd.BroadcastUint16x16(uint16(sixth)), archsimd.BroadcastUint16x16(uint16(part))
	for i := 0; i < len(r); i += 32 {
		xr, xg, xb := at32(r, i).AsUint16x16(), at32(g, i).AsUint16x16(), at32(b, i).AsUint16x16()
		r0, g0, b0 := turnHalf(xr.And(even), xg.And(even), xb.And(even), turn, rest)
		r1, g1, b1 := turnHalf(upper(xr, even), upper(xg, even), upper(xb, even), turn, rest)
		put32(r, i, r0.Or(r1.ShiftAllLeft(8)).AsUint8x32())
		put32(g, i, g0.Or(g1.ShiftAllLeft(8)).AsUint8x32())
		put32(b, i, b0.Or(b1.ShiftAllLeft(8)).AsUint8x32())
	}
	archsimd.ClearAVXUpperBits()
}

// upper is the odd bytes as 16-bit numbers; even masks the others.
func upper(x, even halves) halves { return x.AsInt16x16().ShiftAllRight(8).AsUint16x16().And(even) }

// turnHalf is plainTurnHue on 16 pixels.
func turnHalf(r, g, b, turn, rest halves) (halves, halves, halves) {
	top := r.Max(g).Max(b)
	c := top.Sub(r.Min(g).Min(b))
	c2 := c.Add(c)
	h := c2.Add(c2).Add(r).Sub(g).AsInt16x16()
	h = c2.Add(b).Sub(r).AsInt16x16().Merge(h, g.Equal(top))
	h = g.Sub(b).AsInt16x16().Merge(h, r.Equal(top))
	six := c2.Add(c2).Add(c2)
	hue := h.Add(h.ShiftAllRight(15).And(six.AsInt16x16())).AsUint16x16()
	c, top, six = c.ShiftAllLeft(4), top.ShiftAllLeft(4), six.ShiftAllLeft(4)
	hue = hue.ShiftAllLeft(4).Add(c.Mul(turn)).Add(c.MulHigh(rest))
	// Below 0 a difference is a large unsigned number: min is the remainder.
	hue = hue.Min(hue.Sub(six))
	c2 = c.Add(c)
	k1 := hue.Add(c)
	k3 := k1.Add(c2)
	k5 := k3.Add(c2)
	c4 := c2.Add(c2)
	return hueHalf(top, c, c4, six, k5), hueHalf(top, c, c4, six, k3), hueHalf(top, c, c4, six, k1)
}

// hueHalf is hueChannel on 16 pixels.
func hueHalf(top, c, c4, six, k halves) halves {
	k = k.Min(k.Sub(six))
	d := k.AsInt16x16().Min(c4.Sub(k).AsInt16x16()).Max(archsimd.BroadcastInt16x16(0)).Min(c.AsInt16x16())
	x := top.AsInt16x16().Sub(d)
	return x.Add(x.ShiftAllRight(8)).ShiftAllRight(4).AsUint16x16() // below 2^15: signed shifts will do
}
