package loss

import (
	"math"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
)

// BarlowTwinsOptions sets BarlowTwins. The zero value weighs the diagonal alone.
type BarlowTwinsOptions struct {
	// OffDiagonalWeight is the paper's λ; at least 0. It must grow as the projector
	// shrinks, roughly as 1/d.
	OffDiagonalWeight float64
	// Lo and Hi choose the rows Lo..Hi-1 of a and b, which are the whole batch; 0, 0
	// is all of them. The gradients of other rows are then 0, and the value is the
	// slice's share of the loss, by rows: added up over slices that cover all rows,
	// they are those of one call. C takes the whole batch: a slice costs no less.
	Lo, Hi int
}

// DefaultBarlowTwins has weight 0.0051, the paper's for d = 8192.
func DefaultBarlowTwins() BarlowTwinsOptions { return BarlowTwinsOptions{OffDiagonalWeight: 0.0051} }

// BarlowTwins is the loss of Barlow Twins (Zbontar et al. 2021) on two views a and
// b (n, d), n >= 2. Each column is standardised over the batch to ẑ (mean 0, biased
// variance, 1e-5 added to it), C = ẑ_aᵀẑ_b/n is the cross-correlation (d, d), and
//
//	L = Σ_i (C_ii - 1)² + weight · Σ_{i≠j} C_ij²
//
// without a further scale, as lightly's BarlowTwinsLoss (the first release multiplied
// it by 1/32, solo-learn by 0.025; the paper's pseudo-code has the unbiased deviation,
// with which C_ii reaches only (n-1)/n). A constant column is ẑ = 0: its C_ii is 0.
//
// ga and gb (n, d) become the gradients; nil skips them. C is never stored. Cost:
// 3·n·d² multiply-adds, or 3·n²·d where 2n <= d.
func BarlowTwins(a, b []float32, n, d int, opt BarlowTwinsOptions, ga, gb []float32) (float64, error) {
	diagonal, off, err := BarlowTwinsParts(a, b, n, d, opt, ga, gb)
	return diagonal + opt.OffDiagonalWeight*off, err
}

// BarlowTwinsParts is BarlowTwins with the value in its two parts: the loss is
// diagonal + OffDiagonalWeight·off, both of the slice.
func BarlowTwinsParts(a, b []float32, n, d int, opt BarlowTwinsOptions, ga, gb []float32) (diagonal, off float64, err error) {
	const op = "barlow_twins"
	if err := checkPairs(op, "a", "b", a, b, n, d, 2); err != nil {
		return 0, 0, err
	}
	if w := opt.OffDiagonalWeight; !(w >= 0) || math.IsInf(w, 1) {
		return 0, 0, core.Invalid(op, "off_diagonal_weight", "want a finite number of at least 0, got %v", w)
	}
	if err := checkOutputs(op, []array{{"ga", ga}, {"gb", gb}}, []array{{"a", a}, {"b", b}}, n, d); err != nil {
		return 0, 0, err
	}
	lo, hi, err := checkSlice(op, opt.Lo, opt.Hi, n)
	if err != nil {
		return 0, 0, err
	}
	mem := borrow()
	defer mem.giveBack()
	x := barlowTwins{mem: mem, n: n, d: d, weight: opt.OffDiagonalWeight, ga: ga, gb: gb}
	if x.a, err = standardize(mem, op, "a", a, n, d); err != nil {
		return 0, 0, err
	}
	if x.b, err = standardize(mem, op, "b", b, n, d); err != nil {
		return 0, 0, err
	}
	if diagonal, off, err = x.whole(); err != nil {
		return 0, 0, err
	}
	for _, g := range [2][]float32{ga, gb} {
		if g != nil {
			clear(g[:lo*d])
			clear(g[hi*d:])
		}
	}
	share := float64(hi-lo) / float64(n)
	return share * diagonal, share * off, nil
}

type barlowTwins struct {
	mem    *scratch
	n, d   int
	weight float64
	a, b   *standardized
	own    []float64 // the diagonal of C
	ga, gb []float32 // or nil; first dL/dẑ without the part of (C_ii - 1)²
}

// whole is the value in its parts, and the gradients of all rows.
func (x *barlowTwins) whole() (diagonal, off float64, err error) {
	if x.n == 2 {
		diagonal, off = x.twoRows()
		return diagonal, off, nil
	}
	if x.own, err = diagonalOf(x.mem, x.a, x.b); err != nil {
		return 0, 0, err
	}
	pull := x.mem.doubles(x.d) // of the other view: dL/dC_ii/n
	for i, c := range x.own {
		diagonal += (c - 1) * (c - 1)
		pull[i] = 2 * (c - 1) / float64(x.n)
	}
	// Few rows: C has rank below n, and everything follows from two (n, n) products.
	if 2*x.n <= x.d {
		off, err = x.byRows()
	} else {
		off, err = x.byColumns()
	}
	if err != nil {
		return 0, 0, err
	}
	if err := x.a.through(x.ga, pull, x.own, x.b); err != nil {
		return 0, 0, err
	}
	return diagonal, off, x.b.through(x.gb, pull, x.own, x.a)
}

// twoRows is the closed form for n = 2. Every standardised value is then ±1 up to
// eps, and the terms of the gradient cancel but for a part of eps/variance, which
// float32 has not got. With u half the difference of the rows of a column,
// ẑ = ±r, r = u/√(u² + eps) and C_ij = r_i·s_j, where s is r of the other view:
//
//	L = Σ_i (r_i·s_i - 1)² + weight·Σ_i r_i²·(Σ_j s_j² - s_i²)
func (x *barlowTwins) twoRows() (diagonal, off float64) {
	var all [2]float64 // Σ s² of b, then of a
	for c := range x.d {
		all[0] += x.b.at(0, c) * x.b.at(0, c)
		all[1] += x.a.at(0, c) * x.a.at(0, c)
	}
	for c := range x.d {
		r, s := x.a.at(0, c), x.b.at(0, c)
		diagonal += (r*s - 1) * (r*s - 1)
		off += r * r * (all[0] - s*s)
		for side, g := range [2][]float32{x.ga, x.gb} {
			if g == nil {
				continue
			}
			r, s, scale := r, s, x.a.scale[c]
			if side == 1 {
				r, s, scale = s, r, x.b.scale[c]
			}
			slope := 2*(r*s-1)*s + 2*x.weight*r*(all[side]-s*s) // dL/dr
			slope *= standardizeEps * scale * scale * scale / 2 // dr/du · du/dx
			g[c], g[x.d+c] = float32(slope), float32(-slope)
		}
	}
	return diagonal, off
}

// band is the number of columns of ẑ_a, rows of C, worked on at a time.
const band = 256

// byColumns goes through C in bands of rows: Σ_{i≠j} C_ij², and with G = dL/dC off
// the diagonal, dL/dẑ_a = ẑ_bGᵀ/n and dL/dẑ_b = ẑ_aG/n.
func (x *barlowTwins) byColumns() (off float64, err error) {
	n, d := x.n, x.d
	side := min(band, d)
	c := x.mem.room(side * d)
	parts := x.mem.doubles((d + band - 1) / band)
	for i0 := 0; i0 < d; i0 += side {
		rows := min(side, d-i0)
		err := par.For(d, band, func(j0, j1 int) error {
			kernel.Gemm(true, false, rows, j1-j0, n, float32(1/float64(n)), x.a.z[i0:], d, x.b.z[j0:], d, 0, c[j0:], d)
			s := 0.0
			for i := range rows {
				for j := j0; j < j1; j++ {
					v := &c[i*d+j]
					if j == i0+i {
						*v = 0
						continue
					}
					s += float64(*v) * float64(*v)
					*v = float32(2*x.weight) * *v
				}
			}
			parts[j0/band] = s
			return nil
		})
		if err != nil {
			return 0, err
		}
		for _, s := range parts {
			off += s
		}
		if err := x.addBand(c, i0, rows); err != nil {
			return 0, err
		}
	}
	return off, nil
}

// addBand uses g, rows i0.. of G, for both gradients.
func (x *barlowTwins) addBand(g []float32, i0, rows int) error {
	if x.ga == nil && x.gb == nil {
		return nil
	}
	n, d, scale := x.n, x.d, float32(1/float64(x.n))
	return par.For(n, 128, func(lo, hi int) error {
		if x.ga != nil {
			kernel.Gemm(false, true, hi-lo, rows, d, scale, x.b.z[lo*d:], d, g, d, 0, x.ga[lo*d+i0:], d)
		}
		if x.gb != nil {
			beta := float32(1)
			if i0 == 0 {
				beta = 0
			}
			kernel.Gemm(false, false, hi-lo, d, rows, scale, x.a.z[lo*d+i0:], d, g, d, beta, x.gb[lo*d:], d)
		}
		return nil
	})
}

// byRows needs no C: with K = ẑẑᵀ (n, n), ‖C‖² = Σ K_a∘K_b/n², and the part of
// dL/dẑ_a that 2·weight·C makes is 2·weight/n²·K_b·ẑ_a.
func (x *barlowTwins) byRows() (off float64, err error) {
	n, d := x.n, x.d
	ka, err := gram(x.mem, x.a.z, n, d)
	if err != nil {
		return 0, err
	}
	kb, err := gram(x.mem, x.b.z, n, d)
	if err != nil {
		return 0, err
	}
	const piece = 64
	parts := x.mem.doubles((n + piece - 1) / piece)
	err = par.For(n, piece, func(lo, hi int) error {
		parts[lo/piece] = dot(ka[lo*n:hi*n], kb[lo*n:hi*n])
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, s := range parts {
		off += s / (float64(n) * float64(n))
	}
	for _, c := range x.own {
		off -= c * c
	}
	if err := x.rowGradient(x.ga, kb, x.a.z, x.b.z); err != nil {
		return 0, err
	}
	return off, x.rowGradient(x.gb, ka, x.b.z, x.a.z)
}

// rowGradient fills g = 2·weight/n·(k·own/n - other·diag(C)), unless g is nil: the
// second term takes the diagonal out of the first.
func (x *barlowTwins) rowGradient(g, k, own, other []float32) error {
	if g == nil {
		return nil
	}
	n, d := x.n, x.d
	out := x.mem.room(d)
	for j, c := range x.own {
		out[j] = float32(-2 * x.weight * c / float64(n))
	}
	scale := float32(2 * x.weight / (float64(n) * float64(n)))
	return par.For(n, 128, func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			row, z := g[i*d:(i+1)*d], other[i*d:(i+1)*d]
			for j := range row {
				row[j] = out[j] * z[j]
			}
		}
		kernel.Gemm(false, false, hi-lo, d, n, scale, k[lo*n:], n, own, d, 1, g[lo*d:], d)
		return nil
	})
}

// gram is zzᵀ (n, n) of z (n, d): the blocks above the diagonal, mirrored.
func gram(mem *scratch, z []float32, n, d int) ([]float32, error) {
	k := mem.room(n * n)
	b := blocks{n, 128}
	return k, par.Steps(triangle(b.count(), func(i, j int) error {
		r0, r1 := b.bounds(i)
		c0, c1 := b.bounds(j)
		kernel.Gemm(false, true, r1-r0, c1-c0, d, 1, z[r0*d:], d, z[c0*d:], d, 0, k[r0*n+c0:], n)
		if i == j {
			return nil
		}
		for r := r0; r < r1; r++ {
			for c := c0; c < c1; c++ {
				k[c*n+r] = k[r*n+c]
			}
		}
		return nil
	})...)
}
