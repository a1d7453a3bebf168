package evaluate

import (
	"math"
	"slices"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/methods/loss"
)

// neighbour is a row of the bank with its cosine similarity to a query, as one
// number whose order is the order of neighbours: the more similar first, then the
// lower index. The order is total, so which are the k nearest does not depend on
// how they are found.
type neighbour uint64

func newNeighbour(similarity float32, index int) neighbour {
	bits := math.Float32bits(similarity + 0) // -0 counts as 0
	// Flipped so that larger floats are smaller numbers, negative ones included.
	if bits>>31 == 0 {
		bits ^= 0x7FFFFFFF
	}
	return neighbour(bits)<<32 | neighbour(index)
}

func (x neighbour) index() int { return int(uint32(x)) }

func (x neighbour) similarity() float32 {
	bits := uint32(x >> 32)
	if bits>>31 == 0 {
		bits ^= 0x7FFFFFFF
	}
	return math.Float32frombits(bits)
}

const (
	queryRows = 64  // queries whose similarities are in the cache at a time
	bankRows  = 512 // rows of the bank they are compared with at a time
)

// nearest calls visit(q, near) for each query with its k nearest rows of the
// bank, nearest first, several queries at once. The matrix of similarities
// exists in tiles only. visit must not keep near.
func nearest(op string, bankName string, bank []float32, queryName string, queries []float32, d, k int, visit func(query int, near []neighbour)) error {
	m, n := len(bank)/d, len(queries)/d
	if m > math.MaxInt32 {
		return core.Errorf(core.EShape, op, bankName, "want at most %d rows, got %d", math.MaxInt32, m)
	}
	k = min(k, m)
	unitBank, unitQueries := make([]float32, len(bank)), make([]float32, len(queries))
	lengths := make([]float64, max(m, n))
	if err := loss.Normalize(op, bankName, bank, m, d, unitBank, lengths[:m]); err != nil {
		return err
	}
	if err := loss.Normalize(op, queryName, queries, n, d, unitQueries, lengths[:n]); err != nil {
		return err
	}
	return par.For(n, queryRows, func(lo, hi int) error {
		tile := make([]float32, queryRows*bankRows)
		found := make([]selection, hi-lo)
		for i := range found {
			found[i] = newSelection(k)
		}
		for b := 0; b < m; b += bankRows {
			cols := min(bankRows, m-b)
			kernel.Gemm(false, true, hi-lo, cols, d, 1, unitQueries[lo*d:], d, unitBank[b*d:], d, 0, tile, bankRows)
			for i := range found {
				found[i].offer(tile[i*bankRows:i*bankRows+cols], b)
			}
		}
		for i := range found {
			visit(lo+i, found[i].result())
		}
		return nil
	})
}

// selection keeps the k nearest of the neighbours offered, in ascending order of
// their index: with equal similarities the earlier stays.
type selection struct {
	k     int
	held  []neighbour // the k nearest so far and up to spare that may be
	least float32     // what a newcomer must exceed
}

const spare = 512

func newSelection(k int) selection {
	return selection{k: k, held: make([]neighbour, 0, k+spare), least: float32(math.Inf(-1))}
}

// offer adds rows first, first+1, ... with their similarities.
func (s *selection) offer(similarities []float32, first int) {
	for i, x := range similarities {
		if x > s.least {
			s.held = append(s.held, newNeighbour(x, first+i))
			if len(s.held) == cap(s.held) {
				s.shrink()
			}
		}
	}
}

// shrink drops all but the k nearest.
func (s *selection) shrink() {
	if len(s.held) > s.k {
		partition(s.held, s.k)
		s.held = s.held[:s.k]
	}
	if len(s.held) == s.k {
		s.least = slices.Max(s.held).similarity()
	}
}

func (s *selection) result() []neighbour {
	s.shrink()
	slices.Sort(s.held)
	return s.held
}

// partition moves the k first in order to the front (quickselect).
func partition(x []neighbour, k int) {
	lo, hi := 0, len(x)-1
	for lo < hi {
		pivot := x[lo+(hi-lo)/2]
		i, j := lo, hi
		for i <= j {
			for x[i] < pivot {
				i++
			}
			for pivot < x[j] {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k > i:
			lo = i
		default:
			return
		}
	}
}

// Nearest finds the k rows of bank (m, d) most similar to each row of queries
// (n, d) by cosine, nearest first; equal similarities: the lower index first.
// indices and similarities (n, min(k, m)) are filled; similarities may be nil.
func Nearest(bank, queries []float32, d, k int, indices []int64, similarities []float32) error {
	const op = "nearest"
	m, err := rowsOf(op, "bank", bank, d)
	if err != nil {
		return err
	}
	n, err := rowsOf(op, "queries", queries, d)
	if err != nil {
		return err
	}
	if k < 1 {
		return core.Invalid(op, "k", "want at least 1, got %d", k)
	}
	k = min(k, m)
	if len(indices) != n*k {
		return core.Errorf(core.EShape, op, "indices", "want shape (%d, %d), got %d values", n, k, len(indices))
	}
	if similarities != nil && len(similarities) != n*k {
		return core.Errorf(core.EShape, op, "similarities", "want shape (%d, %d) or nil, got %d values", n, k, len(similarities))
	}
	return nearest(op, "bank", bank, "queries", queries, d, k, func(q int, near []neighbour) {
		for i, x := range near {
			indices[q*k+i] = int64(x.index())
			if similarities != nil {
				similarities[q*k+i] = x.similarity()
			}
		}
	})
}
