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
}

// DefaultBarlowTwins has weight 0.0051, the paper's for d = 8192.
func DefaultBarlowTwins() BarlowTwinsOptions { return BarlowTwinsOptions{OffDiagonalWeight: 0.0051} }

// BarlowTwins is the loss of Barlow Twins (Zbontar et al. 2021) on two views a and
// b (n, d), n >= 2. Each column is standardised over the batch to ẑ (mean 0, biased
// variance, 1e-5 added to it), C = ẑ_aᵀẑ_b/n is the cross-correlation (d, d), and
//
//	L = Σ_i (C_ii - 1)² + weight · Σ_{i≠j} C_ij²
//
// without a further scale (the first release multiplied it by 1/32, solo-learn by
// 0.025; the paper's pseudo-code has the unbiased deviation, with which C_ii
// reaches only (n-1)/n). A constant column is ẑ = 0: its C_ii is 0.
//
// ga and gb (n, d) become the gradients; nil skips them. C is never stored. Cost:
// 3·n·d² multiply-adds, or 3·n²·d where 2n <= d.
func BarlowTwins(a, b []float32, n, d int, opt BarlowTwinsOptions, ga, gb []float32) (float64, error) {
	diagonal, off, err := BarlowTwinsParts(a, b, n, d, opt, ga, gb)
	return diagonal + opt.OffDiagonalWeight*off, err
}

// BarlowTwinsParts is BarlowTwins with the value in its two parts: the loss is
// diagonal + OffDiagonalWeight·off.
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
	x := barlowTwins{n: n, d: d, weight: opt.OffDiagonalWeight, ga: ga, gb: gb}
	if x.za, x.scaleA, err = standardize(op, "a", a, n, d); err != nil {
		return 0, 0, err
	}
	if x.zb, x.scaleB, err = standardize(op, "b", b, n, d); err != nil {
		return 0, 0, err
	}
	if x.own, err = diagonalOf(x.za, x.zb, n, d); err != nil {
		return 0, 0, err
	}
	for _, c := range x.own {
		diagonal += (c - 1) * (c - 1)
	}
	// Few rows: C has rank below n, and everything follows from two (n, n) products.
	if 2*n <= d {
		off, err = x.byRows()
	} else {
		off, err = x.byColumns()
	}
	if err != nil {
		return 0, 0, err
	}
	if err := throughStandardize(ga, x.za, x.scaleA, n, d); err != nil {
		return 0, 0, err
	}
	return diagonal, off, throughStandardize(gb, x.zb, x.scaleB, n, d)
}

type barlowTwins struct {
	n, d           int
	weight         float64
	za, zb         []float32 // standardised, (n, d)
	scaleA, scaleB []float64 // 1/√(variance + eps) of each column
	own            []float64 // the diagonal of C
	ga, gb         []float32 // dL/dẑ on the way, or nil
}

// delta is dL/dC_ii beyond 2·weight·C_ii, which all entries have.
func (x *barlowTwins) delta(i int) float64 { return 2*(x.own[i]-1) - 2*x.weight*x.own[i] }

// band is the number of columns of ẑ_a, rows of C, worked on at a time.
const band = 256

// byColumns goes through C in bands of rows: Σ_{i≠j} C_ij², dL/dẑ_a = ẑ_b(dL/dC)ᵀ/n
// and dL/dẑ_b = ẑ_a(dL/dC)/n.
func (x *barlowTwins) byColumns() (off float64, err error) {
	n, d := x.n, x.d
	side := min(band, d)
	c := make([]float32, side*d)
	parts := make([]float64, (d+band-1)/band)
	for i0 := 0; i0 < d; i0 += side {
		rows := min(side, d-i0)
		err := par.For(d, band, func(j0, j1 int) error {
			kernel.Gemm(true, false, rows, j1-j0, n, float32(1/float64(n)), x.za[i0:], d, x.zb[j0:], d, 0, c[j0:], d)
			s := 0.0
			for i := range rows {
				for j := j0; j < j1; j++ {
					v := &c[i*d+j]
					if j == i0+i {
						*v = float32(2 * (x.own[j] - 1))
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

// addBand uses g, rows i0.. of dL/dC, for both gradients.
func (x *barlowTwins) addBand(g []float32, i0, rows int) error {
	if x.ga == nil && x.gb == nil {
		return nil
	}
	n, d, scale := x.n, x.d, float32(1/float64(x.n))
	return par.For(n, 128, func(lo, hi int) error {
		if x.ga != nil {
			kernel.Gemm(false, true, hi-lo, rows, d, scale, x.zb[lo*d:], d, g, d, 0, x.ga[lo*d+i0:], d)
		}
		if x.gb != nil {
			beta := float32(1)
			if i0 == 0 {
				beta = 0
			}
			kernel.Gemm(false, false, hi-lo, d, rows, scale, x.za[lo*d+i0:], d, g, d, beta, x.gb[lo*d:], d)
		}
		return nil
	})
}

// byRows needs no C: with K = ẑẑᵀ (n, n), ‖C‖² = Σ K_a∘K_b/n², and the part of
// dL/dẑ_a that 2·weight·C makes is 2·weight/n²·K_b·ẑ_a.
func (x *barlowTwins) byRows() (off float64, err error) {
	n, d := x.n, x.d
	ka, err := gram(x.za, n, d)
	if err != nil {
		return 0, err
	}
	kb, err := gram(x.zb, n, d)
	if err != nil {
		return 0, err
	}
	const piece = 64
	parts := make([]float64, (n+piece-1)/piece)
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
	if err := x.rowGradient(x.ga, kb, x.za, x.zb); err != nil {
		return 0, err
	}
	return off, x.rowGradient(x.gb, ka, x.zb, x.za)
}

// rowGradient fills g = 2·weight/n²·k·own + other·diag(delta)/n, unless g is nil.
func (x *barlowTwins) rowGradient(g, k, own, other []float32) error {
	if g == nil {
		return nil
	}
	n, d := x.n, x.d
	delta := make([]float32, d)
	for j := range delta {
		delta[j] = float32(x.delta(j) / float64(n))
	}
	scale := float32(2 * x.weight / (float64(n) * float64(n)))
	return par.For(n, 128, func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			out, z := g[i*d:(i+1)*d], other[i*d:(i+1)*d]
			for j := range out {
				out[j] = delta[j] * z[j]
			}
		}
		kernel.Gemm(false, false, hi-lo, d, n, scale, k[lo*n:], n, own, d, 1, g[lo*d:], d)
		return nil
	})
}

// gram is zzᵀ (n, n) of z (n, d): the blocks above the diagonal, mirrored.
func gram(z []float32, n, d int) ([]float32, error) {
	k := make([]float32, n*n)
	b := blocks{n, 128}
	return k, triangle(b.count(), func(i, j int) error {
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
	})
}
