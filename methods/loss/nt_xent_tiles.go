package loss

import (
	"math"

	"github.com/jumelle/jumelle/core/kernel"
)

// whole evaluates all anchors. S is symmetric: each tile above the diagonal serves
// its rows and its columns, which halves the products.
func (x *nTXent) whole(gradients bool) (value, accuracy float64, err error) {
	s := symmetric{nTXent: x, state: newNegatives(x.mem, x.m), blocks: blocks{x.m, min(x.m, sideFor(x.m))}}
	s.work = newWorkspaces(x.mem, s.blocks.count(), s.blocks.side)
	if count := s.blocks.count(); gradients && count*(count+1)/2*s.tileSize() <= keepFloats {
		s.kept = x.mem.room(count * (count + 1) / 2 * s.tileSize())
	}
	if err := s.sumRows(); err != nil {
		return 0, 0, err
	}
	right := 0
	for i := range x.m {
		value += x.finish(s.state, i, i, &right)
	}
	if gradients {
		err = s.accumulate()
	}
	return value / float64(x.m), float64(right) / float64(x.m), err
}

// finish is the loss of the anchor, whose negatives are row i of state.
func (x *nTXent) finish(state negatives, i, anchor int, right *int) float64 {
	s := x.positive[anchor%x.n]
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
	kept   []float32 // the tiles of logits one after the other, or nil
}

// keepFloats bounds the tiles that are kept from the first pass to the second: up
// to 1280 pairs (16 MiB) the logits are computed once, beyond that twice.
const keepFloats = 1 << 22

func (x *symmetric) tileSize() int { return x.blocks.side * padded(x.blocks.side) }

// tile is the memory for the logits of blocks i <= j.
func (x *symmetric) tile(w *workspace, i, j int) []float32 {
	if x.kept == nil {
		return w.tile
	}
	size, before := x.tileSize(), i*x.blocks.count()-i*(i-1)/2
	at := (before + j - i) * size
	return x.kept[at : at+size]
}

// logits fills the tile of blocks i and j with S in base 2, without the anchors
// themselves and the positives.
func (x *symmetric) logits(tile []float32, r0, r1, c0, c1 int) {
	stride := padded(c1 - c0)
	scale := float32(math.Log2E / x.temperature)
	kernel.Gemm(false, true, r1-r0, c1-c0, x.d, scale, x.unit[r0*x.d:], x.d, x.unit[c0*x.d:], x.d, 0, tile, stride)
	mask(tile, r1-r0, c1-c0, stride, r0, c0, []int{0, x.n, -x.n})
}

// sumRows is the log-sum-exp pass.
func (x *symmetric) sumRows() error {
	s := x.state
	return triangle(x.blocks.count(), func(i, j int) error {
		w := <-x.work
		defer func() { x.work <- w }()
		r0, r1 := x.blocks.bounds(i)
		c0, c1 := x.blocks.bounds(j)
		tile, stride := x.tile(w, i, j), padded(c1-c0)
		x.logits(tile, r0, r1, c0, c1)
		copy(w.rowMax, s.top[r0:r1])
		if i == j { // its columns are its rows
			maxima(tile, r1-r0, stride, w.rowMax, nil)
			s.raise(r0, r1, w.rowMax)
			sums(tile, r1-r0, stride, s.top[r0:], nil, w.rowSum, nil)
			s.add(r0, r1, w.rowSum)
			return nil
		}
		copy(w.colMax, s.top[c0:c0+stride])
		maxima(tile, r1-r0, stride, w.rowMax, w.colMax)
		s.raise(r0, r1, w.rowMax)
		s.raise(c0, c1, w.colMax)
		sums(tile, r1-r0, stride, s.top[r0:], s.top[c0:], w.rowSum, w.colSum[:stride])
		s.add(r0, r1, w.rowSum)
		s.add(c0, c1, w.colSum)
		return nil
	})
}

// accumulate is the gradient pass.
func (x *symmetric) accumulate() error {
	x.acc = x.mem.floats(x.m * x.d)
	shift := x.state.top
	return triangle(x.blocks.count(), func(i, j int) error {
		w := <-x.work
		defer func() { x.work <- w }()
		r0, r1 := x.blocks.bounds(i)
		c0, c1 := x.blocks.bounds(j)
		tile, stride := x.tile(w, i, j), padded(c1-c0)
		if x.kept == nil {
			x.logits(tile, r0, r1, c0, c1)
		}
		weights(tile, r1-r0, stride, shift[r0:], shift[c0:])
		rows, cols, d := r1-r0, c1-c0, x.d
		kernel.Gemm(false, false, rows, d, cols, 1, tile, stride, x.unit[c0*d:], d, 1, x.acc[r0*d:], d)
		if i != j {
			kernel.Gemm(true, false, cols, d, rows, 1, tile, stride, x.unit[r0*d:], d, 1, x.acc[c0*d:], d)
		}
		return nil
	})
}

// slice evaluates both views of the pairs lo..hi-1 as anchors, against all rows.
func (x *nTXent) slice(lo, hi int, gradients bool) (value, accuracy float64, err error) {
	n, d, size := x.n, x.d, hi-lo
	if gradients {
		x.acc = x.mem.floats(x.m * d)
	}
	right := 0
	for _, first := range [2]int{lo, n + lo} { // in a, then in b
		other := (first + n) % x.m
		r := newRows(x.mem, x.unit[first*d:(first+size)*d], x.unit, size, x.m, d, x.temperature, first, other)
		if err := r.sumRows(); err != nil {
			return 0, 0, err
		}
		for i := range size {
			value += x.finish(r.state, i, first+i, &right)
		}
		if !gradients {
			continue
		}
		own := x.mem.floats(size * d)
		if err := r.accumulate(own, x.acc); err != nil {
			return 0, 0, err
		}
		for i, v := range own {
			x.acc[first*d+i] += v
		}
	}
	return value / float64(x.m), float64(right) / float64(2*size), err
}
