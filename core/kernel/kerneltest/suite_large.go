package kerneltest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
)

// largeConvs are large enough that a backend cuts them in every way it knows:
// many pictures, many weights, outputs beyond a cache.
var largeConvs = []kernel.Conv{
	{N: 120, C: 16, H: 15, W: 16, K: 32, R: 3, S: 3, Stride: 1, Pad: 1},
	{N: 200, C: 32, H: 32, W: 31, K: 64, R: 3, S: 3, Stride: 2, Pad: 1},
	{N: 33, C: 512, H: 4, W: 4, K: 512, R: 3, S: 3, Stride: 1, Pad: 1},
	{N: 90, C: 128, H: 8, W: 8, K: 256, R: 3, S: 3, Stride: 2, Pad: 1},
}

// Large checks convolutions of many pictures and many channels: a sample of their
// values, and that the number of threads does not change a bit where the backend
// says so.
func Large(t *testing.T, make func(threads int) (kernel.Backend, error), threads ...int) {
	for _, g := range largeConvs {
		t.Run(fmt.Sprintf("%dx%dx%dx%d-%d-s%d", g.N, g.C, g.H, g.W, g.K, g.Stride), func(t *testing.T) {
			x, w := random(1, g.N*g.C*g.H*g.W), random(2, g.K*g.C*g.R*g.S)
			d := random(3, g.N*g.K*g.OutH()*g.OutW())
			var first [3][]float32
			for i, n := range threads {
				b, err := make(n)
				if err != nil {
					t.Fatal(err)
				}
				r := newRig(t, b, anyLayout)
				src, weights := r.input([]int{g.N, g.C, g.H, g.W}, x), r.input([]int{g.K, g.C, g.R, g.S}, w)
				grad := r.input([]int{g.N, g.K, g.OutH(), g.OutW()}, d)
				passes := []*tensor{
					r.call(kernel.ConvForward{Conv: g}, []*tensor{src, weights})[0],
					r.call(kernel.ConvBackwardData{Conv: g}, []*tensor{grad, weights})[0],
					r.call(kernel.ConvBackwardWeights{Conv: g}, []*tensor{src, grad})[0],
				}
				for _, p := range passes {
					r.read(p)
				}
				r.run()
				for pass, p := range passes {
					got := r.values(p)
					if i == 0 {
						first[pass] = got
					} else if !slices.Equal(got, first[pass]) {
						t.Errorf("pass %d: %d threads give other bits than %d", pass, n, threads[0])
					}
				}
			}
			for pass, got := range first {
				checkSample(t, g, pass, got, x, w, d)
			}
		})
	}
}

// checkSample compares some values of a pass with the definition. Their errors
// are held as those of whole tensors are.
func checkSample(t *testing.T, g kernel.Conv, pass int, got, x, w, d []float32) {
	t.Helper()
	oh, ow := g.OutH(), g.OutW()
	dst := func(n, k, y, x int) int { return ((n*g.K+k)*oh+y)*ow + x }
	src := func(n, c, y, x int) int { return ((n*g.C+c)*g.H+y)*g.W + x }
	weight := func(k, c, r, s int) int { return ((k*g.C+c)*g.R+r)*g.S + s }
	// at is where output place o reads tap r, and whether that is inside.
	at := func(o, r, size int) (int, bool) {
		i := o*g.Stride + r - g.Pad
		return i, i >= 0 && i < size
	}
	var errors, squares float64
	const samples = 300
	for i := range samples {
		at0 := int(uint64(i) * uint64(len(got)-1) / (samples - 1)) // the first and the last, too
		want := 0.0
		switch pass {
		case 0:
			n, k, y, xx := at0/(g.K*oh*ow), at0/(oh*ow)%g.K, at0/ow%oh, at0%ow
			for c := range g.C {
				for r := range g.R {
					for s := range g.S {
						sy, a := at(y, r, g.H)
						sx, b := at(xx, s, g.W)
						if a && b {
							want += float64(x[src(n, c, sy, sx)]) * float64(w[weight(k, c, r, s)])
						}
					}
				}
			}
		case 1:
			n, c, sy, sx := at0/(g.C*g.H*g.W), at0/(g.H*g.W)%g.C, at0/g.W%g.H, at0%g.W
			for k := range g.K {
				for r := range g.R {
					for s := range g.S {
						y, xx := sy+g.Pad-r, sx+g.Pad-s
						if y >= 0 && xx >= 0 && y%g.Stride == 0 && xx%g.Stride == 0 && y/g.Stride < oh && xx/g.Stride < ow {
							want += float64(d[dst(n, k, y/g.Stride, xx/g.Stride)]) * float64(w[weight(k, c, r, s)])
						}
					}
				}
			}
		case 2:
			k, c, r, s := at0/(g.C*g.R*g.S), at0/(g.R*g.S)%g.C, at0/g.S%g.R, at0%g.S
			for n := range g.N {
				for y := range oh {
					for xx := range ow {
						sy, a := at(y, r, g.H)
						sx, b := at(xx, s, g.W)
						if a && b {
							want += float64(x[src(n, c, sy, sx)]) * float64(d[dst(n, k, y, xx)])
						}
					}
				}
			}
		}
		errors += (float64(got[at0]) - want) * (float64(got[at0]) - want)
		squares += want * want
	}
	if e := math.Sqrt(errors / squares); !(e <= rounding) {
		t.Errorf("pass %d: errors are %g of the values, want at most %g", pass, e, rounding)
	}
}

// largeNorms have values far from zero, and planes of many, few and one pixel.
var largeNorms = []kernel.BatchNorm{
	{N: 70, C: 32, H: 33, W: 31, Eps: 1e-5, ReLU: true},
	{N: 90, C: 64, H: 7, W: 5, Eps: 1e-5, Parts: 2},
	{N: 16, C: 32, H: 5, W: 7, Eps: 1e-5, ReLU: true, Parts: 2},
	{N: 2000, C: 16, H: 1, W: 1, Eps: 1e-5, ReLU: true},
}

// LargeNorms checks both passes of batch normalisation of many values, and that the
// number of threads does not change a bit.
func LargeNorms(t *testing.T, make func(threads int) (kernel.Backend, error), threads ...int) {
	for _, g := range largeNorms {
		t.Run(fmt.Sprintf("%dx%dx%dx%d", g.N, g.C, g.H, g.W), func(t *testing.T) {
			operands, err := kernel.BatchNormForward{BatchNorm: g}.Operands()
			if err != nil {
				t.Fatal(err)
			}
			shape := operands[0].Shape
			x, d := random(1, g.N*g.C*g.H*g.W), random(2, g.N*g.C*g.H*g.W)
			for i := range x {
				x[i] += 100
			}
			gamma, beta := random(3, g.C), random(4, g.C)
			wantDst, wantMean, wantVar := batchNormForward(g, wide(x), wide(gamma), wide(beta))
			wantSrc, wantGamma, wantBeta := batchNormBackward(g, wide(x), wide(gamma), wide(beta), wide(d))
			var first [][]float32
			for _, n := range threads {
				b, err := make(n)
				if err != nil {
					t.Fatal(err)
				}
				r := newRig(t, b, anyLayout)
				layout := pictureLayout(t, b, g)
				src, grad := r.reorder(r.input(shape, x), layout), r.reorder(r.input(shape, d), layout)
				scale, shift := r.input([]int{g.C}, gamma), r.input([]int{g.C}, beta)
				forward := r.call(kernel.BatchNormForward{BatchNorm: g}, []*tensor{src, scale, shift})
				dst, mean, variance, workspace := forward[0], forward[1], forward[2], forward[3]
				grads := r.call(kernel.BatchNormBackward{BatchNorm: g}, []*tensor{src, mean, variance, scale, grad, workspace})
				all := append([]*tensor{dst, mean, variance}, grads...)
				for _, o := range all {
					r.read(o)
				}
				r.run()
				r.check("dst", dst, wantDst)
				r.check("mean", mean, wantMean)
				r.check("var", variance, wantVar)
				// Of a million values some are so near a ReLU's corner that the last bit
				// of a float32 decides on which side they are.
				if g.H*g.W < 1000 {
					r.check("src_grad", grads[0], wantSrc)
					r.check("gamma_grad", grads[1], wantGamma)
					r.check("beta_grad", grads[2], wantBeta)
				}
				for i, o := range all {
					got := r.values(o)
					if len(first) == i {
						first = append(first, got)
					} else if !slices.Equal(got, first[i]) {
						t.Errorf("output %d: %d threads give other bits than %d", i, n, threads[0])
					}
				}
			}
		})
	}
}

// pictureLayout is the layout in which a convolution hands pictures to the norm
// behind it; vectors are plain.
func pictureLayout(t *testing.T, b kernel.Backend, g kernel.BatchNorm) kernel.Layout {
	t.Helper()
	if g.H*g.W == 1 {
		return kernel.Plain
	}
	conv := kernel.ConvForward{Conv: kernel.Conv{N: g.N, C: g.C, H: g.H, W: g.W, K: g.C, R: 3, S: 3, Stride: 1, Pad: 1}}
	p, err := b.Make(conv, []kernel.Layout{kernel.Any, kernel.Any, kernel.Any})
	if err != nil {
		t.Fatal(err)
	}
	return p.Operands()[2].Layout
}
