package loss

import (
	"math"

	"github.com/jumelle/jumelle/core/par"
)

// standardizeEps is added to the variance of a column, as batch normalisation does.
const standardizeEps = 1e-5

// maxPiece is the most columns that one goroutine walks down at a time.
const maxPiece = 512

// columnPiece is how many it walks down: a quarter of d columns, in whole cache
// lines. Long pieces of rows are read faster than short ones.
func columnPiece(d int) int { return min(maxPiece, max(64, (d/4+63)/64*64)) }

// standardized is a matrix (n, d) whose columns have mean 0 and deviation 1 over the
// rows, up to eps. z is rounded to float32, for products of matrices; at has the
// digits of float64, for differences of nearly equal numbers.
type standardized struct {
	x           []float32 // as given
	n, d        int
	z           []float32
	mean, scale []float64 // of each column; scale is 1/√(variance + eps)
}

// standardize sums in float64. The result lives as long as what mem lends.
func standardize(mem *scratch, op, argument string, x []float32, n, d int) (*standardized, error) {
	if err := checkFinite(op, argument, x, n, d); err != nil {
		return nil, err
	}
	s := &standardized{x: x, n: n, d: d, z: mem.room(n * d), mean: mem.doubles(d), scale: mem.doubles(d)}
	return s, par.For(d, columnPiece(d), func(lo, hi int) error {
		mean := s.mean[lo:hi]
		for i := range n {
			for c, v := range x[i*d+lo : i*d+hi] {
				mean[c] += float64(v)
			}
		}
		for c := range mean {
			mean[c] /= float64(n)
		}
		var square [maxPiece]float64
		for i := range n {
			for c, v := range x[i*d+lo : i*d+hi] {
				e := float64(v) - mean[c]
				square[c] += e * e
			}
		}
		for c := range mean {
			s.scale[lo+c] = 1 / math.Sqrt(square[c]/float64(n)+standardizeEps)
		}
		for i := range n {
			out := s.z[i*d+lo : i*d+hi]
			for c, v := range x[i*d+lo : i*d+hi] {
				out[c] = float32((float64(v) - mean[c]) * s.scale[lo+c])
			}
		}
		return nil
	})
}

// at is the standardised value of row i and column c.
func (s *standardized) at(i, c int) float64 {
	return (float64(s.x[i*s.d+c]) - s.mean[c]) * s.scale[c]
}

// through replaces g by the gradient before standardize, per column
//
//	(dL/dẑ - mean(dL/dẑ) - ẑ·mean(ẑ·dL/dẑ))·scale,  dL/dẑ = g + pull·ẑ'
//
// where ẑ' is other and own the mean of ẑ·ẑ' over the rows. The part of ẑ' is
// pull·(ẑ' - own·ẑ): it is kept apart, in float64, because the difference is small
// where the two are nearly parallel or opposite. g nil does nothing.
func (s *standardized) through(g []float32, pull, own []float64, other *standardized) error {
	if g == nil {
		return nil
	}
	n, d := s.n, s.d
	return par.For(d, columnPiece(d), func(lo, hi int) error {
		var mean, along [maxPiece]float64
		for i := range n {
			z := s.z[i*d+lo : i*d+hi]
			for c, v := range g[i*d+lo : i*d+hi] {
				mean[c] += float64(v)
				along[c] += float64(v) * float64(z[c])
			}
		}
		var give, take [maxPiece]float64 // of ẑ' and ẑ as they were before they were scaled
		for c := range hi - lo {
			j := lo + c
			mean[c] /= float64(n)
			give[c] = pull[j] * other.scale[j]
			take[c] = (along[c]/float64(n) + pull[j]*own[j]) * s.scale[j]
		}
		meanX, meanY, scale := s.mean[lo:hi], other.mean[lo:hi], s.scale[lo:hi]
		for i := range n {
			out, x, y := g[i*d+lo:i*d+hi], s.x[i*d+lo:i*d+hi], other.x[i*d+lo:i*d+hi]
			for c, v := range out {
				t := float64(v) - mean[c] + give[c]*(float64(y[c])-meanY[c]) - take[c]*(float64(x[c])-meanX[c])
				out[c] = float32(t * scale[c])
			}
		}
		return nil
	})
}

// diagonalOf is the mean over the rows of a·b, for each column.
func diagonalOf(mem *scratch, a, b *standardized) ([]float64, error) {
	out := mem.doubles(a.d)
	return out, par.For(a.d, columnPiece(a.d), func(lo, hi int) error {
		own := out[lo:hi]
		for i := range a.n {
			x, y := a.x[i*a.d+lo:i*a.d+hi], b.x[i*a.d+lo:i*a.d+hi]
			for c := range own {
				own[c] += (float64(x[c]) - a.mean[lo+c]) * (float64(y[c]) - b.mean[lo+c])
			}
		}
		for c := range own {
			own[c] *= a.scale[lo+c] * b.scale[lo+c] / float64(a.n)
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
