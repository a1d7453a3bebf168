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

// Monitor computes them for one batch after the other, in memory that it keeps: it
// allocates next to nothing for a batch no larger than those before. The zero value
// is ready. One goroutine at a time may use it.
type Monitor struct {
	unit, other   []float32
	lengths       []float64
	mean, square  []float64
	columns, gram []float64
	eigen         eigen
	tiles         []float32
	parts         []float64
}

// unitRows checks x (n, d) and normalises its rows, in memory that may be that of
// an earlier call.
func (m *Monitor) unitRows(memory []float32, op, argument string, x []float32, n, d, least int) ([]float32, error) {
	if n < least {
		return nil, core.Errorf(core.EShape, op, argument, "want at least %d rows, got %d", least, n)
	}
	unit := core.Sized(memory, len(x))
	m.lengths = core.Sized(m.lengths, n)
	return unit, loss.Normalize(op, argument, x, n, d, unit, m.lengths)
}

// rows is unitRows of the embeddings, which stay in m.unit.
func (m *Monitor) rows(op string, x []float32, n, d, least int) (err error) {
	m.unit, err = m.unitRows(m.unit, op, "embeddings", x, n, d, least)
	return err
}

// zeros is core.Sized, cleared.
func zeros[T any](x []T, n int) []T {
	x = core.Sized(x, n)
	clear(x)
	return x
}

// Health is FeatureStd and EffectiveRank of one batch.
func (m *Monitor) Health(x []float32, n, d int) (featureStd, effectiveRank float64, err error) {
	if err := m.rows("health", x, n, d, 1); err != nil {
		return 0, 0, err
	}
	if effectiveRank, err = m.rank(n, d); err != nil {
		return 0, 0, err
	}
	return m.deviation(n, d), effectiveRank, nil
}

// FeatureStd is the mean over the dimensions of the deviation of ẑ over the rows
// (biased: divided by n). About 1/√d is healthy; 0 means that all pictures have
// the same embedding.
func FeatureStd(x []float32, n, d int) (float64, error) {
	m := new(Monitor)
	if err := m.rows("feature_std", x, n, d, 1); err != nil {
		return 0, err
	}
	return m.deviation(n, d), nil
}

func (m *Monitor) deviation(n, d int) float64 {
	m.mean, m.square = zeros(m.mean, d), zeros(m.square, d)
	mean, square, unit := m.mean, m.square, m.unit
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
	m := new(Monitor)
	if err := m.rows("effective_rank", x, n, d, 1); err != nil {
		return 0, err
	}
	return m.rank(n, d)
}

func (m *Monitor) rank(n, d int) (float64, error) {
	side, err := m.gramMatrix(n, d)
	if err != nil {
		return 0, err
	}
	values, ok := m.eigen.values(m.gram, side)
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

// gramMatrix makes m.gram ẑᵀẑ or ẑẑᵀ, whichever is smaller, and returns its side:
// they share their eigenvalues but for zeros. The lower half is filled. Float64: the
// singular values are roots, and 1e-7 of noise would become 3e-4.
func (m *Monitor) gramMatrix(n, d int) (int, error) {
	m.columns = core.Sized(m.columns, n*d)
	rows, cols, unit, columns := n, d, m.unit, m.columns
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
	m.gram = core.Sized(m.gram, rows*rows)
	out := m.gram
	err := par.For(rows, 8, func(lo, hi int) error {
		for j := lo; j < rows; j++ {
			b := columns[j*cols : (j+1)*cols]
			for i := lo; i < hi && i <= j; i++ {
				out[j*rows+i] = dot(columns[i*cols:(i+1)*cols], b)
			}
		}
		return nil
	})
	return rows, err
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
func Alignment(a, b []float32, n, d int) (float64, error) { return new(Monitor).Alignment(a, b, n, d) }

// Alignment is the function of that name.
func (m *Monitor) Alignment(a, b []float32, n, d int) (_ float64, err error) {
	const op = "alignment"
	if m.unit, err = m.unitRows(m.unit, op, "a", a, n, d, 1); err != nil {
		return 0, err
	}
	if m.other, err = m.unitRows(m.other, op, "b", b, n, d, 1); err != nil {
		return 0, err
	}
	total := 0.0
	for i, v := range m.unit {
		e := float64(v) - float64(m.other[i])
		total += e * e
	}
	return total / float64(n), nil
}

// Uniformity (Wang & Isola 2020) is ln of the mean of e^{-2‖ẑ_i - ẑ_j‖²} over all
// i ≠ j: 0 when all embeddings are equal, towards -4 when they fill the sphere.
// It compares every two of the n >= 2 rows.
func Uniformity(x []float32, n, d int) (float64, error) { return new(Monitor).Uniformity(x, n, d) }

// Uniformity is the function of that name.
func (m *Monitor) Uniformity(x []float32, n, d int) (float64, error) {
	if err := m.rows("uniformity", x, n, d, 2); err != nil {
		return 0, err
	}
	const side = 64
	m.square = zeros(m.square, n)
	unit, squares := m.unit, m.square // 1, but for rows below the floor
	for i := range n {
		for _, v := range unit[i*d : (i+1)*d] {
			squares[i] += float64(v) * float64(v)
		}
	}
	m.parts = zeros(m.parts, (n+side-1)/side)
	parts, workers := m.parts, min(par.Threads(), len(m.parts))
	m.tiles = core.Sized(m.tiles, workers*side*n)
	tiles := make(chan []float32, workers)
	for i := range workers {
		tiles <- m.tiles[i*side*n : (i+1)*side*n]
	}
	err := par.For(n, side, func(lo, hi int) error {
		cols, tile := n-lo, <-tiles
		defer func() { tiles <- tile }()
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
