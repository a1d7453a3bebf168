package loss

import (
	"math"

	"github.com/jumelle/jumelle/core/par"
)

// standardizeEps is added to the variance of a column, as batch normalisation does.
const standardizeEps = 1e-5

// columnPiece is the number of columns one goroutine walks down at a time: whole
// cache lines.
const columnPiece = 64

// standardize returns the columns of x (n, d) with mean 0 and deviation 1 over the
// rows, up to eps, and 1/√(variance + eps) of each. Sums are in float64.
func standardize(op, argument string, x []float32, n, d int) (z []float32, scale []float64, err error) {
	if err := checkFinite(op, argument, x, n, d); err != nil {
		return nil, nil, err
	}
	z, scale = make([]float32, n*d), make([]float64, d)
	return z, scale, par.For(d, columnPiece, func(lo, hi int) error {
		var mean, square [columnPiece]float64
		for i := range n {
			for c, v := range x[i*d+lo : i*d+hi] {
				mean[c] += float64(v)
			}
		}
		for c := range mean {
			mean[c] /= float64(n)
		}
		for i := range n {
			for c, v := range x[i*d+lo : i*d+hi] {
				e := float64(v) - mean[c]
				square[c] += e * e
			}
		}
		for c := range hi - lo {
			scale[lo+c] = 1 / math.Sqrt(square[c]/float64(n)+standardizeEps)
		}
		for i := range n {
			out := z[i*d+lo : i*d+hi]
			for c, v := range x[i*d+lo : i*d+hi] {
				out[c] = float32((float64(v) - mean[c]) * scale[lo+c])
			}
		}
		return nil
	})
}

// throughStandardize replaces g = dL/dz by the gradient before standardize, per
// column (g - mean(g) - z·mean(g·z))·scale. nil does nothing.
func throughStandardize(g, z []float32, scale []float64, n, d int) error {
	if g == nil {
		return nil
	}
	return par.For(d, columnPiece, func(lo, hi int) error {
		var mean, along [columnPiece]float64
		for i := range n {
			own := z[i*d+lo : i*d+hi]
			for c, v := range g[i*d+lo : i*d+hi] {
				mean[c] += float64(v)
				along[c] += float64(v) * float64(own[c])
			}
		}
		for c := range mean {
			mean[c] /= float64(n)
			along[c] /= float64(n)
		}
		for i := range n {
			own, out := z[i*d+lo:i*d+hi], g[i*d+lo:i*d+hi]
			for c, v := range out {
				out[c] = float32((float64(v) - mean[c] - float64(own[c])*along[c]) * scale[lo+c])
			}
		}
		return nil
	})
}

// diagonalOf is the mean over the rows of za·zb, for each column.
func diagonalOf(za, zb []float32, n, d int) ([]float64, error) {
	out := make([]float64, d)
	return out, par.For(d, columnPiece, func(lo, hi int) error {
		for i := range n {
			b := zb[i*d+lo : i*d+hi]
			for c, v := range za[i*d+lo : i*d+hi] {
				out[lo+c] += float64(v) * float64(b[c])
			}
		}
		for c := lo; c < hi; c++ {
			out[c] /= float64(n)
		}
		return nil
	})
}

// checkFinite finds the first row with a NaN or an infinity.
func checkFinite(op, argument string, x []float32, n, d int) error {
	return par.For(n, pieceRows(d), func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			row, sum := x[i*d:(i+1)*d], float32(0)
			for _, v := range row {
				sum += v * 0 // NaN for a NaN or an infinity, and it stays
			}
			if sum != 0 {
				return notFinite(op, argument, row, i)
			}
		}
		return nil
	})
}
