package kernel

import (
	"sync"

	"github.com/jumelle/jumelle/core"
)

// A product is cut into blocks that fit the caches, and these into tiles of
// tileM x tileN elements of c whose sums stay in registers (multiplyBlock). Blocks
// of a and b are copied ("packed") in the order in which the tiles read them.
const (
	tileM, tileN = 4, 32
	blockK       = 128 // a panel of a, blockK x tileM, stays in the first cache
	blockM       = 96  // a block of a, blockM x blockK, in the third
	blockN       = 512 // a block of b, blockK x blockN, in the second
)

// tile is the sums of one tile, rows of tileN.
type tile [tileM * tileN]float32

// packs is the packed blocks of one call, and one panel of a spread out for the
// vectors of AVX2.
type packs struct{ a, b, wide []float32 }

var packPool = sync.Pool{New: func() any { return new(packs) }}

// Gemm computes c = alpha*op(a)*op(b) + beta*c for row-major matrices: op(a) is
// m x k, op(b) is k x n, c is m x n; lda, ldb and ldc are the distances between
// rows as stored. With beta = 0, c is not read. It runs on the calling goroutine
// and sums in an order that depends on k alone: callers split m or n with par to
// use more cores, and get the same bits whatever the split is.
func Gemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if m <= 0 || n <= 0 {
		return
	}
	if k <= 0 {
		for i := range m {
			scale(c[i*ldc:][:n], beta)
		}
		return
	}
	p := packPool.Get().(*packs)
	defer packPool.Put(p)
	depth := min(k, blockK)
	p.a = core.Sized(p.a, up(min(m, blockM), tileM)*depth+tileM)
	p.wide = core.Sized(p.wide, spreadBy*tileM*depth)
	p.b = core.Sized(p.b, up(min(n, blockN), tileN)*depth)
	for j := 0; j < n; j += blockN {
		width, f := min(n-j, blockN), newFactors(alpha, beta)
		for l := 0; l < k; l += blockK {
			depth := min(k-l, blockK)
			packB(p.b, b, ldb, transB, l, j, depth, width)
			if l > 0 {
				f = newFactors(alpha, 1)
			}
			for i := 0; i < m; i += blockM {
				height := min(m-i, blockM)
				packA(p.a, a, lda, transA, i, l, height, depth)
				multiplyBlock(p, height, width, depth, c[i*ldc+j:], ldc, &f)
			}
		}
	}
}

func up(n, to int) int { return (n + to - 1) / to * to }

func scale(x []float32, by float32) {
	for i := range x {
		if by == 0 {
			x[i] = 0
		} else {
			x[i] *= by
		}
	}
}

// factors are alpha and beta of a call.
type factors struct {
	values    [5]float32 // alpha, beta and what updateTile loads with them
	read, add bool       // beta is not 0; beta is 1
}

func newFactors(alpha, beta float32) factors {
	return factors{values: [5]float32{alpha, beta}, read: beta != 0, add: beta == 1}
}

// multiplyBlockPlain multiplies the packed blocks tile by tile, a panel of a with all
// panels of b at a time: c is written along its rows.
func multiplyBlockPlain(p *packs, height, width, depth int, c []float32, ldc int, f *factors) {
	var t tile
	for i := 0; i < height; i += tileM {
		for j := 0; j < width; j += tileN {
			multiplyTilePlain(depth, p.a[i*depth:][:tileM*depth], p.b[j*depth:][:tileN*depth], &t)
			updateTilePlain(c[i*ldc+j:], ldc, min(height-i, tileM), min(width-j, tileN), &t, f)
		}
	}
}

// updateTilePlain is c = alpha*sums + beta*c on rows x cols elements, without
// reading c where beta is 0.
func updateTilePlain(c []float32, ldc, rows, cols int, t *tile, f *factors) {
	updateRest(c, ldc, rows, 0, cols, t, f)
}

// updateRest is updateTilePlain of the columns from..cols-1.
func updateRest(c []float32, ldc, rows, from, cols int, t *tile, f *factors) {
	for r := range rows {
		to := c[r*ldc:][from:cols]
		sums := t[r*tileN:][from:cols]
		switch {
		case f.add:
			for i, v := range sums {
				to[i] += float32(f.values[0] * v)
			}
		case f.read:
			for i, v := range sums {
				to[i] = float32(f.values[0]*v) + float32(f.values[1]*to[i])
			}
		default:
			for i, v := range sums {
				to[i] = f.values[0] * v
			}
		}
	}
}

// packA copies op(a)[i:i+height, l:l+depth] as panels of tileM rows, each in
// order of columns. Rows that are missing from the last panel are zeros.
func packA(to, a []float32, lda int, trans bool, i, l, height, depth int) {
	if trans {
		// Four panels at a time: a line of the cache is read once.
		for ; height >= 4*tileM; height -= 4 * tileM {
			p0, p1, p2, p3 := to, to[tileM*depth:], to[2*tileM*depth:], to[3*tileM*depth:]
			for q := range depth {
				from := (*[4 * tileM]float32)(a[(l+q)*lda+i:])
				*(*[tileM]float32)(p0[q*tileM:]) = *(*[tileM]float32)(from[0:])
				*(*[tileM]float32)(p1[q*tileM:]) = *(*[tileM]float32)(from[tileM:])
				*(*[tileM]float32)(p2[q*tileM:]) = *(*[tileM]float32)(from[2*tileM:])
				*(*[tileM]float32)(p3[q*tileM:]) = *(*[tileM]float32)(from[3*tileM:])
			}
			i += 4 * tileM
			to = to[4*tileM*depth:]
		}
	}
	for ; height > 0; height -= tileM {
		rows := min(height, tileM)
		panel := to[:tileM*depth]
		if rows == tileM && !trans {
			interleave(panel, tileM, a[i*lda+l:], lda, depth)
		} else {
			clear(panel)
			for r := range rows {
				for q := range depth {
					if trans {
						panel[q*tileM+r] = a[(l+q)*lda+i+r]
					} else {
						panel[q*tileM+r] = a[(i+r)*lda+l+q]
					}
				}
			}
		}
		i += tileM
		to = to[tileM*depth:]
	}
	clear(to[:min(len(to), tileM)]) // what reads vectors reads ahead
}

// packB copies op(b)[l:l+depth, j:j+width] as panels of tileN columns, each in
// order of rows. Columns that are missing from the last panel are zeros.
func packB(to, b []float32, ldb int, trans bool, l, j, depth, width int) {
	for ; width > 0; width -= tileN {
		cols := min(width, tileN)
		panel := to[:tileN*depth]
		switch {
		case trans && cols == tileN:
			for r := 0; r < tileN; r += 4 {
				interleave(panel[r:], tileN, b[(j+r)*ldb+l:], ldb, depth)
			}
		case trans:
			clear(panel)
			for r := range cols {
				from := b[(j+r)*ldb+l:][:depth]
				for q, v := range from {
					panel[q*tileN+r] = v
				}
			}
		case cols == tileN:
			for q := range depth {
				*(*[tileN]float32)(panel[q*tileN:]) = *(*[tileN]float32)(b[(l+q)*ldb+j:])
			}
		default:
			for q := range depth {
				row := panel[q*tileN:][:tileN]
				clear(row[copy(row, b[(l+q)*ldb+j:][:cols]):])
			}
		}
		j += tileN
		to = to[tileN*depth:]
	}
}

// interleavePlain copies four rows of length n, ld apart, so that element q of
// row r lands at to[q*stride+r].
func interleavePlain(to []float32, stride int, from []float32, ld, n int) {
	r0, r1, r2, r3 := from[:n], from[ld:][:n], from[2*ld:][:n], from[3*ld:][:n]
	for q := range r0 {
		at := (*[4]float32)(to[q*stride:])
		at[0], at[1], at[2], at[3] = r0[q], r1[q], r2[q], r3[q]
	}
}

// multiplyTilePlain sums one tile without vector instructions: a holds depth
// columns of tileM elements, b depth rows of tileN.
func multiplyTilePlain(depth int, a, b []float32, t *tile) {
	for j := 0; j < tileN; j += 2 {
		var s00, s01, s10, s11, s20, s21, s30, s31 float32
		for q := range depth {
			x := (*[tileM]float32)(a[q*tileM:])
			y := (*[2]float32)(b[q*tileN+j:])
			b0, b1 := y[0], y[1]
			s00 += x[0] * b0
			s01 += x[0] * b1
			s10 += x[1] * b0
			s11 += x[1] * b1
			s20 += x[2] * b0
			s21 += x[2] * b1
			s30 += x[3] * b0
			s31 += x[3] * b1
		}
		t[j], t[j+1] = s00, s01
		t[tileN+j], t[tileN+j+1] = s10, s11
		t[2*tileN+j], t[2*tileN+j+1] = s20, s21
		t[3*tileN+j], t[3*tileN+j+1] = s30, s31
	}
}
