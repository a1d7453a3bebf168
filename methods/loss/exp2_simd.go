//go:build goexperiment.simd && amd64

package loss

import "simd/archsimd"

// fast says whether this processor has the instructions of the vector versions.
var fast = archsimd.X86.AVX2() && archsimd.X86.FMA()

type vec = archsimd.Float32x8

// exp2Constants holds the constants of exp2 in vectors, loaded once a tile.
type exp2Constants struct {
	low, bias, c0, c1, c2, c3, c4, c5, c6 vec
}

func newExp2Constants() exp2Constants {
	b := archsimd.BroadcastFloat32x8
	return exp2Constants{
		low: b(exp2Min), bias: b(roundBias),
		c0: b(exp2c0), c1: b(exp2c1), c2: b(exp2c2), c3: b(exp2c3),
		c4: b(exp2c4), c5: b(exp2c5), c6: b(exp2c6),
	}
}

func exp2Vec(x, low, bias, c0, c1, c2, c3, c4, c5, c6 vec) vec {
	x = x.Max(low)
	t := x.Add(bias)
	f := x.Sub(t.Sub(bias))
	p := c6.MulAdd(f, c5).MulAdd(f, c4).MulAdd(f, c3).MulAdd(f, c2).MulAdd(f, c1).MulAdd(f, c0)
	return p.Mul(t.AsInt32x8().ShiftAllLeft(23).AsFloat32x8())
}

// The vector loops leave the lanes of each row's result in memory, and what is
// left to do with single floats waits until they are done: single-float
// instructions between vector ones cost a hundred cycles each time.

func maxima(tile []float32, rows, stride int, rowMax, colMax []float32) {
	if !fast {
		maximaPlain(tile, rows, stride, rowMax, colMax)
		return
	}
	var parts [maxRows][lanes]float32
	for r := range rows {
		row := tile[r*stride : (r+1)*stride]
		top := load(row, 0)
		if colMax == nil {
			for c := lanes; c+lanes <= len(row); c += lanes {
				top = top.Max(load(row, c))
			}
		} else {
			cols := colMax[:len(row)]
			for c := 0; c+lanes <= len(row); c += lanes {
				x := load(row, c)
				top = top.Max(x)
				store(cols, c, load(cols, c).Max(x))
			}
		}
		top.Store(&parts[r])
	}
	archsimd.ClearAVXUpperBits()
	for r := range rows {
		top := rowMax[r]
		for _, x := range parts[r] {
			top = max(top, x)
		}
		rowMax[r] = top
	}
}

func sums(tile []float32, rows, stride int, rowShift, colShift, rowSum, colSum []float32) {
	if !fast {
		sumsPlain(tile, rows, stride, rowShift, colShift, rowSum, colSum)
		return
	}
	clear(colSum)
	var parts [maxRows][lanes]float32
	k := newExp2Constants()
	low, bias, c0, c1, c2, c3, c4, c5, c6 := k.low, k.bias, k.c0, k.c1, k.c2, k.c3, k.c4, k.c5, k.c6
	for r := range rows {
		row := tile[r*stride : (r+1)*stride]
		shift := archsimd.BroadcastFloat32x8(rowShift[r])
		var total vec
		if colShift == nil {
			for c := 0; c+lanes <= len(row); c += lanes {
				total = total.Add(exp2Vec(load(row, c).Sub(shift), low, bias, c0, c1, c2, c3, c4, c5, c6))
			}
		} else {
			shifts, cols := colShift[:len(row)], colSum[:len(row)]
			for c := 0; c+lanes <= len(row); c += lanes {
				x := load(row, c)
				total = total.Add(exp2Vec(x.Sub(shift), low, bias, c0, c1, c2, c3, c4, c5, c6))
				e := exp2Vec(x.Sub(load(shifts, c)), low, bias, c0, c1, c2, c3, c4, c5, c6)
				store(cols, c, load(cols, c).Add(e))
			}
		}
		total.Store(&parts[r])
	}
	archsimd.ClearAVXUpperBits()
	for r := range rows {
		rowSum[r] = addLanes(parts[r])
	}
}

func weights(tile []float32, rows, stride int, rowShift, colShift []float32) {
	if !fast {
		weightsPlain(tile, rows, stride, rowShift, colShift)
		return
	}
	k := newExp2Constants()
	low, bias, c0, c1, c2, c3, c4, c5, c6 := k.low, k.bias, k.c0, k.c1, k.c2, k.c3, k.c4, k.c5, k.c6
	for r := range rows {
		row := tile[r*stride : (r+1)*stride]
		shift := archsimd.BroadcastFloat32x8(rowShift[r])
		if colShift == nil {
			for c := 0; c+lanes <= len(row); c += lanes {
				store(row, c, exp2Vec(load(row, c).Sub(shift), low, bias, c0, c1, c2, c3, c4, c5, c6))
			}
			continue
		}
		shifts := colShift[:len(row)]
		for c := 0; c+lanes <= len(row); c += lanes {
			x := load(row, c)
			e := exp2Vec(x.Sub(shift), low, bias, c0, c1, c2, c3, c4, c5, c6)
			f := exp2Vec(x.Sub(load(shifts, c)), low, bias, c0, c1, c2, c3, c4, c5, c6)
			store(row, c, e.Add(f))
		}
	}
	archsimd.ClearAVXUpperBits()
}

func load(x []float32, i int) vec { return archsimd.LoadFloat32x8((*[lanes]float32)(x[i : i+lanes])) }

func store(x []float32, i int, v vec) { v.Store((*[lanes]float32)(x[i : i+lanes])) }
