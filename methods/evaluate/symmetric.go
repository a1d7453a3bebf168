package evaluate

import (
	"math"
	"slices"
)

// eigen computes eigenvalues in memory that it keeps. The zero value is ready.
type eigen struct {
	diagonal, beside []float64
	u, q, v, p       []float64
	sums             [][4]float64
}

// values are the eigenvalues of a symmetric matrix a (n, n), of which the lower half
// is read and overwritten, in ascending order, until the next call; false where the
// iteration does not converge. The squares of its entries must be numbers that
// float64 has. Cost: 2/3·n³ multiply-adds, and n² steps of the iteration.
func (x *eigen) values(a []float64, n int) ([]float64, bool) {
	d, e := x.tridiagonal(a, n)
	if !iterate(d, e) {
		return nil, false
	}
	slices.Sort(d)
	return d, true
}

// iterate turns the diagonal d of a tridiagonal matrix into its eigenvalues, by QL
// steps with implicit shifts; e, beside the diagonal, becomes zero.
func iterate(d, e []float64) bool {
	const most = 50 // steps for one eigenvalue: two or three are usual
	small := 0.0    // what rounding makes of zero, as the entries are of all sizes
	for i := range d {
		small = math.Max(small, 0x1p-53*math.Abs(d[i]))
	}
	for i := range e {
		small = math.Max(small, 0x1p-53*math.Abs(e[i]))
	}
	for l := range d {
		for step := 0; ; step++ {
			m := l // the first place from l on where the matrix falls apart
			for m < len(e) && math.Abs(e[m]) > small {
				m++
			}
			if m == l {
				break
			}
			if step == most {
				return false
			}
			// The shift is the eigenvalue of the leading 2 x 2 that is nearer to d[l].
			half := (d[l+1] - d[l]) / (2 * e[l])
			g := d[m] - d[l] + e[l]/(half+math.Copysign(math.Sqrt(half*half+1), half))
			sin, cos, p := 1.0, 1.0, 0.0
			i := m - 1
			for ; i >= l; i-- {
				f, b := sin*e[i], cos*e[i]
				r := math.Sqrt(f*f + g*g)
				if i+1 < len(e) {
					e[i+1] = r
				}
				if r == 0 { // it fell apart on the way
					d[i+1] -= p
					break
				}
				inverse := 1 / r // a division is most of a step
				sin, cos = f*inverse, g*inverse
				g = d[i+1] - p
				r = (d[i]-g)*sin + 2*cos*b
				p = sin * r
				d[i+1] = g + p
				g = cos*r - b
			}
			if m < len(e) {
				e[m] = 0
			}
			if i < l {
				d[l] -= p
				e[l] = g
			}
		}
	}
	return true
}

// tridiagonal brings a to tridiagonal form by reflections (Householder), which
// leave the eigenvalues: the diagonal and what is beside it.
//
// Reflection i makes zeros of row i's first elements: with its vector v, h = v·v/2,
// p = A·v/h and q = p - v·(v·p)/2h, the rest of the matrix becomes
// A - v·qᵀ - q·vᵀ. That change waits until A is read for the next product, so that
// each element is loaded and stored once a reflection.
func (x *eigen) tridiagonal(a []float64, n int) (diagonal, beside []float64) {
	x.diagonal, x.beside = zeros(x.diagonal, n), zeros(x.beside, n)
	x.u, x.q, x.v, x.p = zeros(x.u, n), zeros(x.q, n), zeros(x.v, n), zeros(x.p, n)
	x.sums = zeros(x.sums, n)
	diagonal, beside = x.diagonal, x.beside
	u, q := x.u, x.q // of the change that waits
	v, p, sums := x.v, x.p, x.sums
	for i := n - 1; i >= 0; i-- {
		row := a[i*n : i*n+i+1]
		for j := range row {
			row[j] -= u[i]*q[j] + q[i]*u[j]
		}
		diagonal[i] = row[i]
		if i == 0 {
			break
		}
		copy(v, row[:i])
		length := 0.0
		for _, x := range v[:i] {
			length += x * x
		}
		last := v[i-1]
		norm := -math.Copysign(math.Sqrt(length), last)
		v[i-1] -= norm
		h := length - last*norm
		clear(p[:i])
		if beside[i-1] = norm; length == last*last { // zeros already, up to rounding
			beside[i-1], h = last, 1
			clear(v[:i])
		}
		sweep(a, n, i, u, q, v, p, sums)
		along := 0.0
		for j, x := range p[:i] {
			p[j] = x / h
			along += p[j] * v[j]
		}
		for j, x := range v[:i] {
			q[j] = p[j] - along/(2*h)*x
		}
		u, v = v, u
	}
	return diagonal, beside[:n-1]
}

// sweep does a[r][c] -= u[r]·q[c] + q[r]·u[c] in the lower half of the first rows
// of a, and adds the product of that symmetric matrix with v to p. sums is scratch.
func sweep(a []float64, n, rows int, u, q, v, p []float64, sums [][4]float64) {
	wide := sweepWide(a, n, rows, u, q, v, p, sums) // a multiple of it is done in each row
	for r := range rows {
		row, from := a[r*n:r*n+r+1], r/wide*wide
		ur, qr, vr := u[r], q[r], v[r]
		s := sums[r]
		sum := (s[0] + s[1]) + (s[2] + s[3])
		for c := from; c < r; c++ {
			x := row[c] - (ur*q[c] + qr*u[c])
			row[c] = x
			sum += x * v[c]
			p[c] += x * vr
		}
		row[r] -= 2 * ur * qr
		p[r] += sum + row[r]*vr
	}
}
