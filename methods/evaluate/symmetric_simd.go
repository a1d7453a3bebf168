//go:build goexperiment.simd && amd64

package evaluate

import "simd/archsimd"

// fast says whether this processor has the instructions of the vector versions;
// tests switch it off.
var fast = archsimd.X86.AVX2() && archsimd.X86.FMA()

type vec = archsimd.Float64x4

const lanes = 4

func load(x []float64, i int) vec     { return archsimd.LoadFloat64x4((*[lanes]float64)(x[i : i+lanes])) }
func store(v vec, x []float64, i int) { v.Store((*[lanes]float64)(x[i : i+lanes])) }

// sweepWide does the columns of sweep that fill vectors, and leaves the lanes of each
// row's product in sums. (Single-float instructions between vector ones are slow:
// what is left waits until all vectors are done.)
func sweepWide(a []float64, n, rows int, u, q, v, p []float64, sums [][4]float64) int {
	clear(sums[:rows])
	if !fast {
		return n + 1
	}
	for r := lanes; r < rows; r++ {
		m := r / lanes * lanes
		row := a[r*n : r*n+m]
		ur, qr, vr := archsimd.BroadcastFloat64x4(-u[r]), archsimd.BroadcastFloat64x4(-q[r]), archsimd.BroadcastFloat64x4(v[r])
		u, q, v, p := u[:m], q[:m], v[:m], p[:m]
		var sum vec
		for c := 0; c+lanes <= len(row); c += lanes {
			x := load(q, c).MulAdd(ur, load(u, c).MulAdd(qr, load(row, c)))
			store(x, row, c)
			sum = x.MulAdd(load(v, c), sum)
			store(x.MulAdd(vr, load(p, c)), p, c)
		}
		sum.Store(&sums[r])
	}
	archsimd.ClearAVXUpperBits()
	return lanes
}

func dot(x, y []float64) float64 {
	if !fast {
		return dotPlain(x, y)
	}
	y = y[:len(x)]
	var a, b vec
	i := 0
	for ; i+2*lanes <= len(x); i += 2 * lanes {
		a = load(x, i).MulAdd(load(y, i), a)
		b = load(x, i+lanes).MulAdd(load(y, i+lanes), b)
	}
	var s [lanes]float64
	a.Add(b).Store(&s)
	archsimd.ClearAVXUpperBits()
	return (s[0] + s[1]) + (s[2] + s[3]) + dotPlain(x[i:], y[i:])
}
