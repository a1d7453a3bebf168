package loss

import (
	"math"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
)

// rows is the softmax of n anchors over m candidates (the negatives), without
// the matrix: what InfoNCE and slices of NT-Xent have in common.
type rows struct {
	q, k        []float32 // unit rows: anchors (n, d), candidates (m, d)
	n, m, d     int
	temperature float64
	// skip: candidate i + skip[...] is not a negative of anchor i.
	skip  []int
	state negatives
	high  blocks // of the anchors
	wide  blocks // of the candidates
	work  workspaces
}

func newRows(mem *scratch, q, k []float32, n, m, d int, temperature float64, skip ...int) *rows {
	side := min(max(n, m), sideFor(max(n, m)))
	// Blocks of anchors are what threads share: few anchors are cut into more of them.
	high := min(n, side, max(64, (n+7)/8))
	x := &rows{q: q, k: k, n: n, m: m, d: d, temperature: temperature, skip: skip, state: newNegatives(mem, n),
		high: blocks{n, high}, wide: blocks{m, min(m, side)}}
	x.work = newWorkspaces(mem, x.high.count(), side)
	return x
}

func (x *rows) logits(w *workspace, i, j int) (r0, r1, c0, c1, stride int) {
	r0, r1 = x.high.bounds(i)
	c0, c1 = x.wide.bounds(j)
	stride = padded(c1 - c0)
	scale := float32(math.Log2E / x.temperature)
	kernel.Gemm(false, true, r1-r0, c1-c0, x.d, scale, x.q[r0*x.d:], x.d, x.k[c0*x.d:], x.d, 0, w.tile, stride)
	mask(w.tile, r1-r0, c1-c0, stride, r0, c0, x.skip)
	return r0, r1, c0, c1, stride
}

// sumRows is the log-sum-exp pass over the negatives.
func (x *rows) sumRows() error {
	s := x.state
	return par.Steps(rectangle(x.high.count(), x.wide.count(), func(i, j int) error {
		w := <-x.work
		defer func() { x.work <- w }()
		r0, r1, _, _, stride := x.logits(w, i, j)
		copy(w.rowMax, s.top[r0:r1])
		maxima(w.tile, r1-r0, stride, w.rowMax, nil)
		s.raise(r0, r1, w.rowMax)
		sums(w.tile, r1-r0, stride, s.top[r0:], nil, w.rowSum, nil)
		s.add(r0, r1, w.rowSum)
		return nil
	})...)
}

// accumulate adds Σ_j P_ij k_j to accQ (n, d) and Σ_i P_ij q_i to accK (m, d),
// over the negatives; nil skips. Every row of state was finished before.
func (x *rows) accumulate(accQ, accK []float32) error {
	d := x.d
	return par.Steps(rectangle(x.high.count(), x.wide.count(), func(i, j int) error {
		w := <-x.work
		defer func() { x.work <- w }()
		r0, r1, c0, c1, stride := x.logits(w, i, j)
		weights(w.tile, r1-r0, stride, x.state.top[r0:], nil)
		if accQ != nil {
			kernel.Gemm(false, false, r1-r0, d, c1-c0, 1, w.tile, stride, x.k[c0*d:], d, 1, accQ[r0*d:], d)
		}
		if accK != nil {
			kernel.Gemm(true, false, c1-c0, d, r1-r0, 1, w.tile, stride, x.q[r0*d:], d, 1, accK[c0*d:], d)
		}
		return nil
	})...)
}

// checkSlice returns the anchors lo..hi-1 of n that the options name: all for 0, 0.
func checkSlice(op string, lo, hi, n int) (int, int, error) {
	if lo == 0 && hi == 0 {
		return 0, n, nil
	}
	if lo < 0 || hi > n || lo >= hi {
		return 0, 0, core.Invalid(op, "lo, hi", "want 0 <= lo < hi <= %d, or 0, 0 for all rows, got %d, %d", n, lo, hi)
	}
	return lo, hi, nil
}
