package evaluate

import (
	"math"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/methods/loss"
)

// The statistics below are of normalised embeddings ẑ = z/max(‖z‖, 1e-12), row by
// row. Sums that a user sees are float64.

// unitRows checks x (n, d) and normalises its rows.
func unitRows(op, argument string, x []float32, n, d, least int) ([]float32, error) {
	if n < least {
		return nil, core.Errorf(core.EShape, op, argument, "want at least %d rows, got %d", least, n)
	}
	unit := make([]float32, len(x))
	return unit, loss.Normalize(op, argument, x, n, d, unit, make([]float64, n))
}

// Health is FeatureStd and EffectiveRank of one batch, for the monitor of a run.
func Health(x []float32, n, d int) (featureStd, effectiveRank float64, err error) {
	unit, err := unitRows("health", "embeddings", x, n, d, 1)
	if err != nil {
		return 0, 0, err
	}
	if effectiveRank, err = rank(unit, n, d); err != nil {
		return 0, 0, err
	}
	return deviation(unit, n, d), effectiveRank, nil
}

// FeatureStd is the mean over the dimensions of the deviation of ẑ over the rows
// (biased: divided by n). About 1/√d is healthy; 0 means that all pictures have
// the same embedding.
func FeatureStd(x []float32, n, d int) (float64, error) {
	unit, err := unitRows("feature_std", "embeddings", x, n, d, 1)
	if err != nil {
		return 0, err
	}
	return deviation(unit, n, d), nil
}

func deviation(unit []float32, n, d int) float64 {
	mean, square := make([]float64, d), make([]float64, d)
	for i := range n {
		for j, v := range unit[i*d : (i+1)*d] {
			mean[j] += float64(v) / float64(n)
		}
	}
	for i := range n {
		for j, v := range unit[i*d : (i+1)*d] {
			e := float64(v) - mean[j]
			square[j] += e * e
		}
	}
	total := 0.0
	for _, s := range square {
		total += math.Sqrt(s / float64(n))
	}
	return total / float64(d)
}

// EffectiveRank (RankMe, Garrido et al. 2023) is e^H of the singular values of ẑ
// (n, d), H the entropy of p = σ/Σσ: 1 when all rows lie on one line, at most
// min(n, d). ẑ is not centred. Cost: n·d·min(n, d)/2 multiply-adds and the
// eigenvalues of a symmetric matrix of side min(n, d).
func EffectiveRank(x []float32, n, d int) (float64, error) {
	unit, err := unitRows("effective_rank", "embeddings", x, n, d, 1)
	if err != nil {
		return 0, err
	}
	return rank(unit, n, d)
}

func rank(unit []float32, n, d int) (float64, error) {
	gram, side, err := gramMatrix(unit, n, d)
	if err != nil {
		return 0, err
	}
	values, ok := eigenvalues(gram, side)
	if !ok {
		return 0, core.Errorf(core.ENumeric, "effective_rank", "embeddings", "the eigenvalues did not converge")
	}
	top := values[len(values)-1]
	if !(top > 0) {
		return 0, nil // all rows are zero
	}
	total := 0.0
	for i, v := range values {
		// What the rounding of float64 leaves of a zero eigenvalue would have a
		// singular value of 1e-8: many of them would count.
		if v < top*1e-13*float64(len(values)) {
			v = 0
		}
		values[i] = math.Sqrt(v)
		total += values[i]
	}
	entropy := 0.0
	for _, s := range values {
		if p := s / total; p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	return math.Exp(entropy), nil
}

// gramMatrix is ẑᵀẑ or ẑẑᵀ, whichever is smaller, and its side: they share their
// eigenvalues but for zeros. The lower half is filled. Float64: the singular values are roots, and 1e-7 of noise would
// become 3e-4.
func gramMatrix(unit []float32, n, d int) ([]float64, int, error) {
	rows, cols, columns := n, d, make([]float64, len(unit))
	if d < n {
		rows, cols = d, n
	}
	// columns is (rows, cols), the smaller side first, so that each entry of the
	// product is a dot product of two of its rows.
	for i := range n {
		for j, v := range unit[i*d : (i+1)*d] {
			if d < n {
				columns[j*n+i] = float64(v)
			} else {
				columns[i*d+j] = float64(v)
			}
		}
	}
	out := make([]float64, rows*rows)
	err := par.For(rows, 8, func(lo, hi int) error {
		for j := lo; j < rows; j++ {
			b := columns[j*cols : (j+1)*cols]
			for i := lo; i < hi && i <= j; i++ {
				out[j*rows+i] = dot(columns[i*cols:(i+1)*cols], b)
			}
		}
		return nil
	})
	return out, rows, err
}

func dotPlain(x, y []float64) float64 {
	y = y[:len(x)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += x[i] * y[i]
		s1 += x[i+1] * y[i+1]
		s2 += x[i+2] * y[i+2]
		s3 += x[i+3] * y[i+3]
	}
	for ; i < len(x); i++ {
		s0 += x[i] * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// Alignment (Wang & Isola 2020) is the mean of ‖ẑ_a - ẑ_b‖² over the n pairs: 0
// when both views of every picture have the same embedding, 2 for independent
// directions, at most 4.
func Alignment(a, b []float32, n, d int) (float64, error) {
	const op = "alignment"
	ua, err := unitRows(op, "a", a, n, d, 1)
	if err != nil {
		return 0, err
	}
	ub, err := unitRows(op, "b", b, n, d, 1)
	if err != nil {
		return 0, err
	}
	total := 0.0
	for i, v := range ua {
		e := float64(v) - float64(ub[i])
		total += e * e
	}
	return total / float64(n), nil
}

// Uniformity (Wang & Isola 2020) is ln of the mean of e^{-2‖ẑ_i - ẑ_j‖²} over all
// i ≠ j: 0 when all embeddings are equal, towards -4 when they fill the sphere.
// It compares every two of the n >= 2 rows.
func Uniformity(x []float32, n, d int) (float64, error) {
	unit, err := unitRows("uniformity", "embeddings", x, n, d, 2)
	if err != nil {
		return 0, err
	}
	const side = 64
	squares := make([]float64, n) // 1, but for rows below the floor
	for i := range n {
		for _, v := range unit[i*d : (i+1)*d] {
			squares[i] += float64(v) * float64(v)
		}
	}
	parts := make([]float64, (n+side-1)/side)
	err = par.For(n, side, func(lo, hi int) error {
		cols := n - lo
		tile := make([]float32, (hi-lo)*cols)
		kernel.Gemm(false, true, hi-lo, cols, d, 1, unit[lo*d:], d, unit[lo*d:], d, 0, tile, cols)
		for i := lo; i < hi; i++ {
			row := tile[(i-lo)*cols:]
			for j := i + 1; j < n; j++ {
				parts[lo/side] += math.Exp(-2 * (squares[i] + squares[j] - 2*float64(row[j-lo])))
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	total := 0.0
	for _, p := range parts {
		total += p
	}
	return math.Log(total / (float64(n) * float64(n-1) / 2)), nil
}
