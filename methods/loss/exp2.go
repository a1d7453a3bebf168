package loss

import "math"

// Powers of two in float32, for logits in base 2 (logits times log2 e). With
// x = k + f, k an integer and |f| <= 1/2: 2^x = 2^k * p(f), where p is the minimax
// polynomial of degree 6 (relative error 1.9e-9). Against the exact value of the
// float32 argument the error is under 2 ulp, with and without fused multiply-add
// (tested over the whole range). Below -126.5 the result is 0, so that a logit of
// -Inf weighs nothing; the argument must not exceed 127.
const (
	// roundBias moves the integer part of x, plus 127, into the low bits of the
	// sum, where it is the exponent field of 2^k after a shift.
	roundBias = 1.5*(1<<23) + 127
	exp2Min   = -127

	exp2c0 = 1.0000000005541663
	exp2c1 = 0.6931472057372676
	exp2c2 = 0.24022646890634652
	exp2c3 = 0.055503287769653374
	exp2c4 = 0.009618488957075231
	exp2c5 = 0.0013399931219193481
	exp2c6 = 0.00015345812011544304
)

func exp2(x float32) float32 {
	x = max(x, exp2Min)
	t := float32(x + roundBias)
	f := x - float32(t-roundBias)
	p := float32(exp2c6)
	p = p*f + exp2c5
	p = p*f + exp2c4
	p = p*f + exp2c3
	p = p*f + exp2c2
	p = p*f + exp2c1
	p = p*f + exp2c0
	return p * math.Float32frombits(math.Float32bits(t)<<23)
}

// The functions below work on a tile of base-2 logits: up to maxRows rows of
// stride values, stride a multiple of lanes. Columns beyond the matrix hold -Inf.
// rowMax, rowShift and rowSum have rows entries, their column twins stride.
// exp2_simd.go has the vector versions.

const (
	lanes   = 8   // float32 in a vector
	maxRows = 256 // the side of the largest tile
)

// maximaPlain raises rowMax and, unless nil, colMax to the tile's maxima.
func maximaPlain(tile []float32, rows, stride int, rowMax, colMax []float32) {
	for r := range rows {
		row, top := tile[r*stride:(r+1)*stride], rowMax[r]
		for _, x := range row {
			top = max(top, x)
		}
		rowMax[r] = top
		if colMax == nil {
			continue
		}
		for c, x := range row {
			colMax[c] = max(colMax[c], x)
		}
	}
}

// sumsPlain sets rowSum[r] = Σ_c 2^(x - rowShift[r]) and, unless colShift is
// nil, colSum[c] = Σ_r 2^(x - colShift[c]).
func sumsPlain(tile []float32, rows, stride int, rowShift, colShift, rowSum, colSum []float32) {
	clear(colSum)
	for r := range rows {
		row, shift := tile[r*stride:(r+1)*stride], rowShift[r]
		var part [lanes]float32 // the order of the vector version
		for c, x := range row {
			part[c%lanes] += exp2(x - shift)
		}
		rowSum[r] = addLanes(part)
		if colShift == nil {
			continue
		}
		for c, x := range row {
			colSum[c] += exp2(x - colShift[c])
		}
	}
}

func addLanes(p [lanes]float32) float32 {
	return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]))
}

// weightsPlain replaces x by 2^(x - rowShift[r]), plus 2^(x - colShift[c])
// unless colShift is nil.
func weightsPlain(tile []float32, rows, stride int, rowShift, colShift []float32) {
	for r := range rows {
		row, shift := tile[r*stride:(r+1)*stride], rowShift[r]
		if colShift == nil {
			for c, x := range row {
				row[c] = exp2(x - shift)
			}
			continue
		}
		for c, x := range row {
			row[c] = exp2(x-shift) + exp2(x-colShift[c])
		}
	}
}
