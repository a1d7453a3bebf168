package kerneltest

import (
	"fmt"
	"math"
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
)

// BFloat16 checks a backend that rounds what some passes of convolutions read: these
// are, but for the errors of float32 sums, the passes of rounded tensors; the others
// are as exact as those of a backend in float32. halved says of which convolutions the
// forward pass and the gradient of the source are rounded, in layouts of its choice.
func BFloat16(t *testing.T, b kernel.Backend, halved func(g kernel.Conv) bool) {
	for i, g := range []kernel.Conv{
		{N: 3, C: 32, H: 12, W: 11, K: 48, R: 3, S: 3, Stride: 2, Pad: 1},
		{N: 2, C: 64, H: 8, W: 8, K: 32, R: 1, S: 1, Stride: 2},
		{N: 1, C: 512, H: 4, W: 4, K: 512, R: 3, S: 3, Stride: 1, Pad: 1},
		{N: 3, C: 32, H: 9, W: 8, K: 32, R: 3, S: 3, Stride: 1, Pad: 1},
		{N: 2, C: 3, H: 16, W: 16, K: 16, R: 7, S: 7, Stride: 2, Pad: 3},
		{N: 2, C: 24, H: 8, W: 8, K: 20, R: 3, S: 3, Stride: 2, Pad: 1},
	} {
		for _, mode := range []layoutMode{plain, anyLayout} {
			t.Run(fmt.Sprintf("%dx%dx%dx%d-%d-s%d-%d", g.N, g.C, g.H, g.W, g.K, g.Stride, mode), func(t *testing.T) {
				seed := uint64(1000 + 10*i)
				x, w := random(seed, g.N*g.C*g.H*g.W), random(seed+1, g.K*g.C*g.R*g.S)
				d := random(seed+2, g.N*g.K*g.OutH()*g.OutW())
				r := newRig(t, b, mode)
				src, weights := r.input([]int{g.N, g.C, g.H, g.W}, x), r.input([]int{g.K, g.C, g.R, g.S}, w)
				grad := r.input([]int{g.N, g.K, g.OutH(), g.OutW()}, d)
				dst := r.call(kernel.ConvForward{Conv: g}, []*tensor{src, weights})[0]
				srcGrad := r.call(kernel.ConvBackwardData{Conv: g}, []*tensor{grad, weights})[0]
				weightsGrad := r.call(kernel.ConvBackwardWeights{Conv: g}, []*tensor{src, grad})[0]
				for _, out := range []*tensor{dst, srcGrad, weightsGrad} {
					r.read(out)
				}
				r.run()
				r.checkRounding("weights_grad", weightsGrad, convBackwardWeights(g, wide(x), wide(d)), rounding)
				for _, c := range []struct {
					what string
					out  *tensor
					pass func(g kernel.Conv, read, weights []float64) []float64
					read []float32
				}{{"dst", dst, convForward, x}, {"src_grad", srcGrad, convBackwardData, d}} {
					exact := c.pass(g, wide(c.read), wide(w))
					if mode == plain || !halved(g) {
						r.checkRounding(c.what, c.out, exact, rounding)
						continue
					}
					r.checkRounding(c.what+" of rounded tensors", c.out, c.pass(g, bfloat16(c.read), bfloat16(w)), rounding)
					// Two factors with errors of up to 2^-9 each, evenly spread up to there.
					r.checkRounding(c.what, c.out, exact, 0x1p-8)
				}
			})
		}
	}
}

// bfloat16 is x with 8 bits of each number, rounded to the nearest and halves to even.
func bfloat16(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		b := math.Float32bits(v)
		b += 0x7fff + b>>16&1
		out[i] = float64(math.Float32frombits(b &^ 0xffff))
	}
	return out
}
