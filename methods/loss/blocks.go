package loss

import (
	"math"

	"github.com/jumelle/jumelle/core/par"
)

// A matrix of logits is worked through in square tiles of side rows and columns.
// Which tile meets which others in which order depends on the sizes alone, and
// two tiles that add to the same rows are never in the same round: so results
// have the same bits for any number of threads, and every sum a fixed order.

// blocks cuts n rows into pieces of side rows, the last one shorter.
type blocks struct{ n, side int }

func (b blocks) count() int { return (b.n + b.side - 1) / b.side }

// bounds are the first row of block i and the row after its last.
func (b blocks) bounds(i int) (lo, hi int) { return i * b.side, min(b.n, (i+1)*b.side) }

// sideFor is the side of the tiles for n rows: a tile of 256 x 256 float32 and
// its rows fit the second-level cache; fewer rows get smaller tiles, so that
// there are enough of them for several threads.
func sideFor(n int) int {
	if n > 1024 {
		return maxRows
	}
	return 128
}

// triangle calls body(i, j) once for every pair of blocks i <= j, in steps in
// which no block occurs twice: first the pairs (i, i), then a round-robin
// tournament (one block sits still, the others move around the table).
func triangle(count int, body func(i, j int) error) []par.Step {
	steps := []par.Step{{N: count, Body: func(i, _ int) error { return body(i, i) }}}
	table := count + count%2 // an odd count has one empty seat
	for round := range table - 1 {
		steps = append(steps, par.Step{N: table / 2, Body: func(p, _ int) error {
			i, j := (round+p)%(table-1), (round+table-1-p)%(table-1)
			if p == 0 {
				j = table - 1
			}
			if i > j {
				i, j = j, i
			}
			if j >= count {
				return nil
			}
			return body(i, j)
		}})
	}
	return steps
}

// rectangle calls body(i, j) once for every block of rows i and of columns j, in
// steps in which neither a row block nor a column block occurs twice.
func rectangle(rows, cols int, body func(i, j int) error) []par.Step {
	wide := max(rows, cols)
	steps := make([]par.Step, wide)
	for round := range wide {
		steps[round] = par.Step{N: rows, Body: func(i, _ int) error {
			if j := (i + round) % wide; j < cols {
				return body(i, j)
			}
			return nil
		}}
	}
	return steps
}

// workspace is what one goroutine needs for a tile.
type workspace struct {
	tile                   []float32
	rowMax, colMax, rowSum []float32
	colSum                 []float32
}

// workspaces lends one workspace to each goroutine of a call.
type workspaces chan *workspace

func newWorkspaces(mem *scratch, tiles, side int) workspaces {
	n := min(par.Threads(), tiles)
	w := make(workspaces, n)
	for range n {
		stride := padded(side)
		v := mem.room(stride * (side + 4))
		cut := func(n int) (x []float32) { x, v = v[:n:n], v[n:]; return x }
		w <- &workspace{tile: cut(side * stride), rowMax: cut(stride), colMax: cut(stride), rowSum: cut(stride), colSum: cut(stride)}
	}
	return w
}

// padded rounds a number of columns up to whole vectors.
func padded(n int) int { return (n + lanes - 1) / lanes * lanes }

var minusInf = float32(math.Inf(-1))

// mask writes -Inf beyond the cols columns of a tile, and where the column is
// the row plus one of the offsets (both counted in the whole matrix).
func mask(tile []float32, rows, cols, stride, row0, col0 int, offsets []int) {
	for r := range rows {
		row := tile[r*stride : (r+1)*stride]
		for c := cols; c < stride; c++ {
			row[c] = minusInf
		}
		for _, off := range offsets {
			if c := row0 + r + off - col0; c >= 0 && c < cols {
				row[c] = minusInf
			}
		}
	}
}
