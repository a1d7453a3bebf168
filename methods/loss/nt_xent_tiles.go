package loss

import (
	"math"

	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
)

// whole evaluates all anchors. S is symmetric: each tile above the diagonal serves
// its rows and its columns, which halves the products.
func (x *nTXent) whole() []par.Step {
	s := symmetric{nTXent: x, state: newNegatives(x.mem, x.m), blocks: blocks{x.m, min(x.m, sideFor(x.m))}}
	count := s.blocks.count()
	s.work = newWorkspaces(x.mem, count, s.blocks.side)
	if tiles := count * (count + 1) / 2; x.acc != nil && tiles*s.tileSize() <= keepFloats {
		s.kept = x.mem.room(tiles * s.tileSize())
	}
	steps := append(x.prepare(), triangle(count, s.sumRows)...)
	steps = append(steps, par.Step{N: x.m, Grain: finishGrain, Body: func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			x.finish(s.state, i, i)
		}
		return nil
	}})
	if x.acc == nil {
		return steps
	}
	return append(append(steps, triangle(count, s.accumulate)...), x.gradients())
}

// finishGrain is a number of anchors whose logarithms take some ten microseconds.
const finishGrain = 128

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

// sumRows is the log-sum-exp pass over the tile of blocks i and j.
func (x *symmetric) sumRows(i, j int) error {
	s := x.state
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
}

// accumulate is the gradient pass over the tile.
func (x *symmetric) accumulate(i, j int) error {
	shift := x.state.top
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
}

// slice evaluates both views of the pairs lo..hi-1 as anchors, against all rows.
func (x *nTXent) slice(lo, hi int) error {
	if err := par.Steps(x.prepare()...); err != nil {
		return err
	}
	d, size := x.d, hi-lo
	for _, first := range [2]int{lo, x.n + lo} { // in a, then in b
		other := (first + x.n) % x.m
		r := newRows(x.mem, x.unit[first*d:(first+size)*d], x.unit, size, x.m, d, x.temperature, first, other)
		if err := r.sumRows(); err != nil {
			return err
		}
		for i := range size {
			x.finish(r.state, i, first+i)
		}
		if x.acc == nil {
			continue
		}
		own := x.mem.floats(size * d)
		if err := r.accumulate(own, x.acc); err != nil {
			return err
		}
		for i, v := range own {
			x.acc[first*d+i] += v
		}
	}
	if x.acc == nil {
		return nil
	}
	return par.Steps(x.gradients())
}
