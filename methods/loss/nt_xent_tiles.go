package loss

import (
	"math"

	"github.com/jumelle/jumelle/core/kernel"
)

// whole evaluates all anchors. S is symmetric: each tile above the diagonal serves
// its rows and its columns, which halves the products.
func (x *nTXent) whole(gradients bool) (value, accuracy float64, err error) {
	s := symmetric{nTXent: x, state: newNegatives(x.m), blocks: blocks{x.m, min(x.m, sideFor(x.m))}}
	s.work = newWorkspaces(s.blocks.count(), s.blocks.side)
	s.kept = s.blocks.count() == 1
	if err := s.sumRows(); err != nil {
		return 0, 0, err
	}
	right := 0
	for i := range x.n {
		for _, anchor := range [2]int{i, i + x.n} {
			value += x.finish(s.state, anchor, anchor, &right)
		}
	}
	if gradients {
		err = s.accumulate()
	}
	return value / float64(x.m), float64(right) / float64(x.m), err
}

// finish is the loss of the anchor, whose negatives are row i of state.
func (x *nTXent) finish(state negatives, i, anchor int, right *int) float64 {
	k := anchor % x.n
	s := cosine(x.a[k*x.d:(k+1)*x.d], x.b[k*x.d:(k+1)*x.d], x.length[k], x.length[k+x.n]) / x.temperature
	if state.guessed(i, s, x.temperature) {
		*right++
	}
	loss, miss := state.finish(i, s)
	x.miss[anchor] = miss
	return loss
}

// symmetric is the evaluation of all anchors in tiles on and above the diagonal.
type symmetric struct {
	*nTXent
	state  negatives
	blocks blocks
	work   workspaces
	kept   bool // there is one tile only, and it still holds the logits
}

// logits fills the tile of blocks i and j with S in base 2, without the anchors
// themselves and the positives, and returns its sizes.
func (x *symmetric) logits(w *workspace, i, j int) (r0, r1, c0, c1, stride int) {
	r0, r1 = x.blocks.bounds(i)
	c0, c1 = x.blocks.bounds(j)
	stride = padded(c1 - c0)
	scale := float32(math.Log2E / x.temperature)
	kernel.Gemm(false, true, r1-r0, c1-c0, x.d, scale, x.unit[r0*x.d:], x.d, x.unit[c0*x.d:], x.d, 0, w.tile, stride)
	mask(w.tile, r1-r0, c1-c0, stride, r0, c0, []int{0, x.n, -x.n})
	return r0, r1, c0, c1, stride
}

// sumRows is the log-sum-exp pass.
func (x *symmetric) sumRows() error {
	s := x.state
	return triangle(x.blocks.count(), func(i, j int) error {
		w := <-x.work
		defer func() { x.work <- w }()
		r0, r1, c0, c1, stride := x.logits(w, i, j)
		copy(w.rowMax, s.top[r0:r1])
		if i == j { // its columns are its rows
			maxima(w.tile, r1-r0, stride, w.rowMax, nil)
			s.raise(r0, r1, w.rowMax)
			sums(w.tile, r1-r0, stride, s.top[r0:], nil, w.rowSum, nil)
			s.add(r0, r1, w.rowSum)
			return nil
		}
		copy(w.colMax, s.top[c0:c0+stride])
		maxima(w.tile, r1-r0, stride, w.rowMax, w.colMax)
		s.raise(r0, r1, w.rowMax)
		s.raise(c0, c1, w.colMax)
		sums(w.tile, r1-r0, stride, s.top[r0:], s.top[c0:], w.rowSum, w.colSum[:stride])
		s.add(r0, r1, w.rowSum)
		s.add(c0, c1, w.colSum)
		return nil
	})
}

// accumulate is the gradient pass.
func (x *symmetric) accumulate() error {
	x.acc = make([]float32, x.m*x.d)
	shift := x.state.top
	return triangle(x.blocks.count(), func(i, j int) error {
		w := <-x.work
		defer func() { x.work <- w }()
		r0, r1 := x.blocks.bounds(i)
		c0, c1 := x.blocks.bounds(j)
		stride := padded(c1 - c0)
		if !x.kept {
			x.logits(w, i, j)
		}
		weights(w.tile, r1-r0, stride, shift[r0:], shift[c0:])
		rows, cols, d := r1-r0, c1-c0, x.d
		kernel.Gemm(false, false, rows, d, cols, 1, w.tile, stride, x.unit[c0*d:], d, 1, x.acc[r0*d:], d)
		if i != j {
			kernel.Gemm(true, false, cols, d, rows, 1, w.tile, stride, x.unit[r0*d:], d, 1, x.acc[c0*d:], d)
		}
		return nil
	})
}

// slice evaluates both views of the pairs lo..hi-1 as anchors, against all rows.
func (x *nTXent) slice(lo, hi int, gradients bool) (value, accuracy float64, err error) {
	n, d, size := x.n, x.d, hi-lo
	if gradients {
		x.acc = make([]float32, x.m*d)
	}
	right := 0
	for _, first := range [2]int{lo, n + lo} { // in a, then in b
		other := (first + n) % x.m
		r := newRows(x.unit[first*d:(first+size)*d], x.unit, size, x.m, d, x.temperature, first, other)
		if err := r.sumRows(); err != nil {
			return 0, 0, err
		}
		for i := range size {
			value += x.finish(r.state, i, first+i, &right)
		}
		if !gradients {
			continue
		}
		own := make([]float32, size*d)
		if err := r.accumulate(own, x.acc); err != nil {
			return 0, 0, err
		}
		for i, v := range own {
			x.acc[first*d+i] += v
		}
	}
	return value / float64(x.m), float64(right) / float64(2*size), err
}
