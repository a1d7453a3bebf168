package kerneltest

import (
	"math"
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
)

// numeric compares grad, the gradient of Σ weight·f at x, with central
// differences; x is restored.
func numeric(t *testing.T, what string, x, weight, grad []float64, f func() []float64) {
	t.Helper()
	loss := func() float64 {
		sum := 0.0
		for i, v := range f() {
			sum += v * weight[i]
		}
		return sum
	}
	const h = 1e-5
	for i := range x {
		old := x[i]
		x[i] = old + h
		up := loss()
		x[i] = old - h
		down := loss()
		x[i] = old
		if d := (up - down) / (2 * h); math.Abs(d-grad[i]) > 1e-6*(1+math.Abs(d)) {
			t.Errorf("%s: gradient %d is %g, central difference %g", what, i, grad[i], d)
			return
		}
	}
}

func TestReferenceGradients(t *testing.T) {
	conv := kernel.Conv{N: 2, C: 2, H: 5, W: 6, K: 3, R: 3, S: 2, Stride: 2, Pad: 1}
	x, w := wide(random(1, 2*2*5*6)), wide(random(2, 3*2*3*2))
	d := wide(random(3, len(convForward(conv, x, w))))
	forward := func() []float64 { return convForward(conv, x, w) }
	numeric(t, "conv data", x, d, convBackwardData(conv, d, w), forward)
	numeric(t, "conv weights", w, d, convBackwardWeights(conv, x, d), forward)

	for _, bn := range []kernel.BatchNorm{
		{N: 3, C: 2, H: 2, W: 3, Eps: 1e-5}, {N: 3, C: 2, H: 2, W: 3, Eps: 1e-5, ReLU: true}, {N: 4, C: 2, H: 2, W: 3, Eps: 1e-5, Parts: 2},
	} {
		n := bn.N * 12
		x, gamma, beta, d := wide(random(4, n)), wide(random(5, 2)), wide(random(6, 2)), wide(random(7, n))
		dx, dg, db := batchNormBackward(bn, x, gamma, beta, d)
		forward := func() []float64 { dst, _, _ := batchNormForward(bn, x, gamma, beta); return dst }
		numeric(t, "batch norm data", x, d, dx, forward)
		numeric(t, "batch norm gamma", gamma, d, dg, forward)
		numeric(t, "batch norm beta", beta, d, db, forward)
	}

	lin := kernel.Linear{N: 3, In: 4, Out: 2, Bias: true}
	x, w, b, d := wide(random(8, 12)), wide(random(9, 8)), wide(random(10, 2)), wide(random(11, 6))
	dx, dw, db := linearBackward(lin, x, w, d)
	forward = func() []float64 { return linearForward(lin, x, w, b) }
	numeric(t, "linear data", x, d, dx, forward)
	numeric(t, "linear weights", w, d, dw, forward)
	numeric(t, "linear bias", b, d, db, forward)

	pool := kernel.Pool{N: 1, C: 2, H: 5, W: 4, Size: 3, Stride: 2, Pad: 1}
	x = wide(random(12, 40))
	y, where := maxPool(pool, x)
	d = wide(random(13, len(y)))
	numeric(t, "max pool", x, d, maxPoolBackward(pool, d, where), func() []float64 { y, _ := maxPool(pool, x); return y })
	numeric(t, "average pool", x, d[:2], globalAvgPoolBackward(20, d[:2]), func() []float64 { return globalAvgPool(2, 20, x) })
}
