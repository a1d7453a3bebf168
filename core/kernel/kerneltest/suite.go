package kerneltest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
)

// Convs are shapes that the encoders use: every kind of convolution of ResNet-18
// with the stem for small pictures and with ImageNet's, of ResNet-50 and of
// `small`, at few pictures; and some odd ones.
var Convs = []kernel.Conv{
	{N: 3, C: 3, H: 32, W: 32, K: 64, R: 3, S: 3, Stride: 1, Pad: 1},  // small stem
	{N: 2, C: 1, H: 28, W: 28, K: 32, R: 3, S: 3, Stride: 1, Pad: 1},  // one colour
	{N: 1, C: 3, H: 64, W: 64, K: 64, R: 7, S: 7, Stride: 2, Pad: 3},  // ImageNet stem
	{N: 2, C: 64, H: 16, W: 16, K: 64, R: 3, S: 3, Stride: 1, Pad: 1}, // a block
	{N: 2, C: 64, H: 16, W: 16, K: 128, R: 3, S: 3, Stride: 2, Pad: 1},
	{N: 2, C: 64, H: 16, W: 16, K: 128, R: 1, S: 1, Stride: 2, Pad: 0}, // a shortcut
	{N: 2, C: 256, H: 4, W: 4, K: 512, R: 3, S: 3, Stride: 2, Pad: 1},
	{N: 1, C: 512, H: 4, W: 4, K: 512, R: 3, S: 3, Stride: 1, Pad: 1},
	{N: 2, C: 64, H: 8, W: 8, K: 256, R: 1, S: 1, Stride: 1, Pad: 0}, // a bottleneck
	{N: 3, C: 3, H: 32, W: 32, K: 32, R: 3, S: 3, Stride: 1, Pad: 1}, // small
	{N: 2, C: 32, H: 32, W: 32, K: 64, R: 3, S: 3, Stride: 2, Pad: 1},
	{N: 2, C: 128, H: 8, W: 8, K: 256, R: 3, S: 3, Stride: 2, Pad: 1},
	{N: 3, C: 64, H: 7, W: 9, K: 32, R: 3, S: 3, Stride: 2, Pad: 1}, // tiles that stick out
	{N: 3, C: 32, H: 7, W: 9, K: 64, R: 3, S: 3, Stride: 1, Pad: 1},
	{N: 20, C: 16, H: 8, W: 8, K: 32, R: 3, S: 3, Stride: 2, Pad: 1}, // more pictures than pieces
	{N: 2, C: 6, H: 11, W: 9, K: 10, R: 3, S: 3, Stride: 1, Pad: 1},  // channels that no block divides
	{N: 1, C: 5, H: 7, W: 8, K: 7, R: 5, S: 5, Stride: 3, Pad: 2},
	{N: 2, C: 16, H: 1, W: 1, K: 24, R: 3, S: 3, Stride: 1, Pad: 1}, // a picture that shrank to a point
}

// Run checks every operation of the backend that make gives for a number of
// threads.
func Run(t *testing.T, make func(threads int) (kernel.Backend, error)) {
	for _, threads := range []int{1, 2} {
		b, err := make(threads)
		if err != nil {
			t.Fatal(err)
		}
		for _, mode := range []layoutMode{plain, anyLayout} {
			if mode == anyLayout && threads == 1 {
				continue // nothing new
			}
			name := fmt.Sprintf("threads=%d/%s", threads, [...]string{"plain", "any"}[mode])
			t.Run(name, func(t *testing.T) {
				if got := b.Threads(); got != threads {
					t.Errorf("Threads() = %d, want %d", got, threads)
				}
				for _, part := range []struct {
					name string
					run  func(*testing.T, kernel.Backend, layoutMode)
				}{
					{"conv", testConv}, {"batchnorm", testBatchNorm}, {"linear", testLinear}, {"pool", testPool},
					{"elementwise", testElementwise}, {"chain", testChain}, {"errors", testErrors}, {"program", testProgram},
				} {
					t.Run(part.name, func(t *testing.T) { part.run(t, b, mode) })
				}
			})
		}
	}
}

// rounding bounds the errors of convolutions, of the values: root mean squares.
const rounding = 3e-6

type convWant struct{ dst, srcGrad, weightsGrad []float64 }

// convWants remembers the reference of a case, most of the suite's time.
var convMemory sync.Map

func convWants(i int, compute func() convWant) convWant {
	if v, ok := convMemory.Load(i); ok {
		return v.(convWant)
	}
	v := compute()
	convMemory.Store(i, v)
	return v
}

func testConv(t *testing.T, b kernel.Backend, mode layoutMode) {
	for i, g := range Convs {
		t.Run(fmt.Sprintf("%dx%dx%dx%d-%d-%dx%ds%dp%d", g.N, g.C, g.H, g.W, g.K, g.R, g.S, g.Stride, g.Pad), func(t *testing.T) {
			seed := uint64(100 * i)
			x, w := random(seed, g.N*g.C*g.H*g.W), random(seed+1, g.K*g.C*g.R*g.S)
			d := random(seed+2, g.N*g.K*g.OutH()*g.OutW())
			r := newRig(t, b, mode)
			src := r.input([]int{g.N, g.C, g.H, g.W}, x)
			weights := r.input([]int{g.K, g.C, g.R, g.S}, w)
			grad := r.input([]int{g.N, g.K, g.OutH(), g.OutW()}, d)
			dst := r.call(kernel.ConvForward{Conv: g}, []*tensor{src, weights})[0]
			srcGrad := r.call(kernel.ConvBackwardData{Conv: g}, []*tensor{grad, weights})[0]
			weightsGrad := r.call(kernel.ConvBackwardWeights{Conv: g}, []*tensor{src, grad})[0]
			r.read(dst)
			r.read(srcGrad)
			r.read(weightsGrad)
			r.run()
			want := convWants(i, func() convWant {
				return convWant{convForward(g, wide(x), wide(w)), convBackwardData(g, wide(d), wide(w)), convBackwardWeights(g, wide(x), wide(d))}
			})
			r.check("dst", dst, want.dst)
			r.check("src_grad", srcGrad, want.srcGrad)
			r.check("weights_grad", weightsGrad, want.weightsGrad)
			r.checkRounding("dst", dst, want.dst, rounding)
			r.checkRounding("src_grad", srcGrad, want.srcGrad, rounding)
			r.checkRounding("weights_grad", weightsGrad, want.weightsGrad, rounding)
		})
	}
}

func testBatchNorm(t *testing.T, b kernel.Backend, mode layoutMode) {
	for i, g := range []kernel.BatchNorm{
		{N: 4, C: 64, H: 8, W: 8, Eps: 1e-5},
		{N: 4, C: 64, H: 8, W: 8, Eps: 1e-5, ReLU: true},
		{N: 3, C: 10, H: 7, W: 5, Eps: 1e-3, ReLU: true},
		{N: 3, C: 3, H: 33, W: 3, Eps: 1e-5},
		{N: 64, C: 128, H: 1, W: 1, Eps: 1e-5},
		{N: 64, C: 100, H: 1, W: 1, Eps: 1e-5, ReLU: true},
		{N: 8, C: 32, H: 5, W: 7, Eps: 1e-5, ReLU: true, Parts: 2},
		{N: 12, C: 10, H: 4, W: 4, Eps: 1e-5, Parts: 4},
		{N: 24, C: 24, H: 1, W: 1, Eps: 1e-5, ReLU: true, Parts: 3},
	} {
		t.Run(fmt.Sprintf("%dx%dx%dx%d-%v-%d", g.N, g.C, g.H, g.W, g.ReLU, g.Parts), func(t *testing.T) {
			seed := uint64(10000 + 100*i)
			n := g.N * g.C * g.H * g.W
			x, d := random(seed, n), random(seed+1, n)
			// A mean far from 0 shows a variance computed as E[x²] - E[x]², and one that
			// rises in the batch shows whose it is.
			for j := range x {
				x[j] = x[j]*2 + 30 + float32(j)/float32(n)
			}
			gamma, beta := random(seed+2, g.C), random(seed+3, g.C)
			statistics := g.C * max(1, g.Parts)
			mean, variance := random(seed+4, statistics), random(seed+5, statistics)
			for c := range variance {
				variance[c] = 0.5 + variance[c]*variance[c]
				mean[c] += 30
			}
			wantDst, wantMean, wantVar := batchNormForward(g, wide(x), wide(gamma), wide(beta))
			wantSrcGrad, wantGammaGrad, wantBetaGrad := batchNormBackward(g, wide(x), wide(gamma), wide(beta), wide(d))
			wantInference := batchNormInference(g, wide(x), wide(gamma), wide(beta), wide(mean), wide(variance))
			for _, alias := range []bool{false, true} {
				r := newRig(t, b, mode)
				shape := []int{g.N, g.C, g.H, g.W}
				if g.H*g.W == 1 {
					shape = shape[:2]
				}
				src, grad := r.blocked(r.input(shape, x)), r.blocked(r.input(shape, d))
				tg, tb := r.input([]int{g.C}, gamma), r.input([]int{g.C}, beta)
				tm, tv := r.input([]int{statistics}, mean), r.input([]int{statistics}, variance)
				out := r.call(kernel.BatchNormForward{BatchNorm: g}, []*tensor{src, tg, tb})
				into := func(t *tensor) []*tensor {
					if alias {
						return []*tensor{t}
					}
					return nil
				}
				back := r.call(kernel.BatchNormBackward{BatchNorm: g}, []*tensor{src, out[1], out[2], tg, grad, out[3]}, into(grad)...)
				// Without a backward pass to come, the result may replace the source.
				copied := r.blocked(r.input(shape, x))
				inPlace := r.call(kernel.BatchNormForward{BatchNorm: g}, []*tensor{copied, tg, tb}, into(copied)...)[0]
				r.read(inPlace)
				inference := r.call(kernel.BatchNormInference{BatchNorm: g}, []*tensor{src, tg, tb, tm, tv}, into(src)...)[0]
				for _, x := range append(append([]*tensor{inference}, out[:3]...), back...) {
					r.read(x)
				}
				r.run()
				r.check("dst", out[0], wantDst)
				r.check("dst in place", inPlace, wantDst)
				r.check("mean", out[1], wantMean)
				r.check("var", out[2], wantVar)
				r.check("src_grad", back[0], wantSrcGrad)
				r.check("gamma_grad", back[1], wantGammaGrad)
				r.check("beta_grad", back[2], wantBetaGrad)
				r.check("inference", inference, wantInference)
			}
		})
	}
}

func testLinear(t *testing.T, b kernel.Backend, mode layoutMode) {
	for i, g := range []kernel.Linear{
		{N: 64, In: 256, Out: 128, Bias: true}, {N: 64, In: 256, Out: 128},
		{N: 1, In: 512, Out: 10, Bias: true}, {N: 33, In: 7, Out: 5, Bias: true}, {N: 100, In: 256, Out: 256},
	} {
		t.Run(fmt.Sprintf("%dx%d-%d-%v", g.N, g.In, g.Out, g.Bias), func(t *testing.T) {
			seed := uint64(20000 + 100*i)
			x, w, bias, d := random(seed, g.N*g.In), random(seed+1, g.In*g.Out), random(seed+2, g.Out), random(seed+3, g.N*g.Out)
			r := newRig(t, b, mode)
			src, weights := r.input([]int{g.N, g.In}, x), r.input([]int{g.Out, g.In}, w)
			grad := r.input([]int{g.N, g.Out}, d)
			inputs := []*tensor{src, weights}
			if g.Bias {
				inputs = append(inputs, r.input([]int{g.Out}, bias))
			}
			dst := r.call(kernel.LinearForward{Linear: g}, inputs)[0]
			srcGrad := r.call(kernel.LinearBackwardData{Linear: g}, []*tensor{grad, weights})[0]
			grads := r.call(kernel.LinearBackwardWeights{Linear: g}, []*tensor{src, grad})
			for _, x := range append([]*tensor{dst, srcGrad}, grads...) {
				r.read(x)
			}
			r.run()
			wantSrcGrad, wantWeightsGrad, wantBiasGrad := linearBackward(g, wide(x), wide(w), wide(d))
			r.check("dst", dst, linearForward(g, wide(x), wide(w), wide(bias)))
			r.check("src_grad", srcGrad, wantSrcGrad)
			r.check("weights_grad", grads[0], wantWeightsGrad)
			if g.Bias {
				r.check("bias_grad", grads[1], wantBiasGrad)
			}
		})
	}
}
