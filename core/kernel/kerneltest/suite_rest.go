package kerneltest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
)

// blocked is t in a layout that the backend likes for pictures, taken from a
// convolution; in plain mode, and for other shapes, it is t.
func (r *rig) blocked(t *tensor) *tensor {
	if r.mode == plain || len(t.shape) != 4 {
		return t
	}
	s := t.shape
	// The source of a 3x3 convolution over these channels.
	p, err := r.b.Make(kernel.ConvForward{Conv: kernel.Conv{N: s[0], C: s[1], H: s[2], W: s[3], K: s[1], R: 3, S: 3, Stride: 1, Pad: 1}},
		[]kernel.Layout{kernel.Any, kernel.Any, kernel.Any})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.reorder(t, p.Operands()[0].Layout)
}

func testPool(t *testing.T, b kernel.Backend, mode layoutMode) {
	for i, g := range []kernel.Pool{
		{N: 2, C: 64, H: 32, W: 32, Size: 3, Stride: 2, Pad: 1}, // ImageNet stem
		{N: 2, C: 10, H: 9, W: 7, Size: 2, Stride: 2},
		{N: 1, C: 3, H: 5, W: 6, Size: 3, Stride: 1, Pad: 1},
	} {
		t.Run(fmt.Sprintf("max-%dx%dx%dx%d-%ds%dp%d", g.N, g.C, g.H, g.W, g.Size, g.Stride, g.Pad), func(t *testing.T) {
			seed := uint64(30000 + 100*i)
			x, d := random(seed, g.N*g.C*g.H*g.W), random(seed+1, g.N*g.C*g.OutH()*g.OutW())
			// As after a ReLU: whole windows of zeros, where the first of equals counts.
			for i := range x {
				if x[i] < 0.3 {
					x[i] = 0
				}
			}
			r := newRig(t, b, mode)
			src := r.blocked(r.input([]int{g.N, g.C, g.H, g.W}, x))
			grad := r.blocked(r.input([]int{g.N, g.C, g.OutH(), g.OutW()}, d))
			out := r.call(kernel.MaxPoolForward{Pool: g}, []*tensor{src})
			srcGrad := r.call(kernel.MaxPoolBackward{Pool: g}, []*tensor{grad, out[1]})[0]
			r.read(out[0])
			r.read(srcGrad)
			r.run()
			want, where := maxPool(g, wide(x))
			r.check("dst", out[0], want)
			r.check("src_grad", srcGrad, maxPoolBackward(g, wide(d), where))
		})
	}
	for i, s := range [][4]int{{2, 256, 4, 4}, {3, 512, 7, 7}, {2, 10, 3, 5}, {2, 64, 1, 1}} {
		t.Run(fmt.Sprintf("average-%v", s), func(t *testing.T) {
			seed := uint64(31000 + 100*i)
			hw := s[2] * s[3]
			x, d := random(seed, s[0]*s[1]*hw), random(seed+1, s[0]*s[1])
			r := newRig(t, b, mode)
			src, grad := r.blocked(r.input(s[:], x)), r.input(s[:2], d)
			dst := r.call(kernel.GlobalAvgPoolForward{N: s[0], C: s[1], H: s[2], W: s[3]}, []*tensor{src})[0]
			srcGrad := r.call(kernel.GlobalAvgPoolBackward{N: s[0], C: s[1], H: s[2], W: s[3]}, []*tensor{grad})[0]
			r.read(dst)
			r.read(srcGrad)
			r.run()
			r.check("dst", dst, globalAvgPool(s[0]*s[1], hw, wide(x)))
			r.check("src_grad", srcGrad, globalAvgPoolBackward(hw, wide(d)))
		})
	}
}

func testElementwise(t *testing.T, b kernel.Backend, mode layoutMode) {
	for i, shape := range [][]int{{2, 64, 8, 8}, {3, 10, 5, 7}, {64, 128}, {7, 5}, {1001}} {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			seed := uint64(40000 + 100*i)
			n := 1
			for _, d := range shape {
				n *= d
			}
			x, y, z := random(seed, n), random(seed+1, n), random(seed+2, n)
			two, twoReLU, three, relu, reluGrad := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
			for i := range n {
				two[i] = float64(x[i]) + float64(y[i])
				twoReLU[i] = max(two[i], 0)
				three[i] = two[i] + float64(z[i])
				relu[i] = max(float64(x[i]), 0)
				if x[i] > 0 {
					reluGrad[i] = float64(y[i])
				}
			}
			for _, alias := range []bool{false, true} {
				r := newRig(t, b, mode)
				tensors := func() (a, b, c *tensor) {
					return r.blocked(r.input(shape, x)), r.blocked(r.input(shape, y)), r.blocked(r.input(shape, z))
				}
				into := func(t *tensor) []*tensor {
					if alias {
						return []*tensor{t}
					}
					return nil
				}
				t0, t1, _ := tensors()
				gotTwo := r.call(kernel.Sum{Shape: shape, Inputs: 2}, []*tensor{t0, t1}, into(t0)...)[0]
				t0, t1, _ = tensors()
				gotTwoReLU := r.call(kernel.Sum{Shape: shape, Inputs: 2, ReLU: true}, []*tensor{t0, t1}, into(t0)...)[0]
				t0, t1, t2 := tensors()
				gotThree := r.call(kernel.Sum{Shape: shape, Inputs: 3}, []*tensor{t0, t1, t2}, into(t0)...)[0]
				t0, t1, _ = tensors()
				gotReLU := r.call(kernel.ReLU{Shape: shape}, []*tensor{t0}, into(t0)...)[0]
				gotReLUGrad := r.call(kernel.ReLUBackward{Shape: shape}, []*tensor{gotReLU, t1}, into(t1)...)[0]
				for _, x := range []*tensor{gotTwo, gotTwoReLU, gotThree, gotReLU, gotReLUGrad} {
					r.read(x)
				}
				r.run()
				r.check("sum", gotTwo, two)
				r.check("sum and relu", gotTwoReLU, twoReLU)
				r.check("sum of three", gotThree, three)
				r.check("relu", gotReLU, relu)
				r.check("relu gradient", gotReLUGrad, reluGrad)
			}
		})
	}
}

// testChain runs a block of a network forward and backward in one program: the
// layouts that one operation hands to the next must fit.
func testChain(t *testing.T, b kernel.Backend, mode layoutMode) {
	g := kernel.Conv{N: 4, C: 3, H: 16, W: 16, K: 32, R: 3, S: 3, Stride: 1, Pad: 1}
	g2 := kernel.Conv{N: 4, C: 32, H: 16, W: 16, K: 64, R: 3, S: 3, Stride: 2, Pad: 1}
	bn := kernel.BatchNorm{N: 4, C: 32, H: 16, W: 16, Eps: 1e-5, ReLU: true}
	x, w, w2 := random(50001, 4*3*16*16), random(50002, 32*3*9), random(50003, 64*32*9)
	gamma, beta, d := random(50004, 32), random(50005, 32), random(50006, 4*64)
	r := newRig(t, b, mode)
	src, weights, weights2 := r.input([]int{4, 3, 16, 16}, x), r.input([]int{32, 3, 3, 3}, w), r.input([]int{64, 32, 3, 3}, w2)
	tg, tb, grad := r.input([]int{32}, gamma), r.input([]int{32}, beta), r.input([]int{4, 64}, d)

	y := r.call(kernel.ConvForward{Conv: g}, []*tensor{src, weights})[0]
	n := r.call(kernel.BatchNormForward{BatchNorm: bn}, []*tensor{y, tg, tb})
	y2 := r.call(kernel.ConvForward{Conv: g2}, []*tensor{n[0], weights2})[0]
	pooled := r.call(kernel.GlobalAvgPoolForward{N: 4, C: 64, H: 8, W: 8}, []*tensor{y2})[0]
	d2 := r.call(kernel.GlobalAvgPoolBackward{N: 4, C: 64, H: 8, W: 8}, []*tensor{grad})[0]
	dn := r.call(kernel.ConvBackwardData{Conv: g2}, []*tensor{d2, weights2})[0]
	dw2 := r.call(kernel.ConvBackwardWeights{Conv: g2}, []*tensor{n[0], d2})[0]
	dy := r.call(kernel.BatchNormBackward{BatchNorm: bn}, []*tensor{y, n[1], n[2], tg, r.reorder(dn, y.layout), n[3]})
	dw := r.call(kernel.ConvBackwardWeights{Conv: g}, []*tensor{src, dy[0]})[0]
	for _, x := range []*tensor{pooled, dw, dw2, dy[1], dy[2]} {
		r.read(x)
	}
	r.run()

	wy := convForward(g, wide(x), wide(w))
	wn, _, _ := batchNormForward(bn, wy, wide(gamma), wide(beta))
	wd2 := globalAvgPoolBackward(64, wide(d))
	wdy, wdg, wdb := batchNormBackward(bn, wy, wide(gamma), wide(beta), convBackwardData(g2, wd2, wide(w2)))
	r.check("pooled", pooled, globalAvgPool(4*64, 64, convForward(g2, wn, wide(w2))))
	r.check("second weights", dw2, convBackwardWeights(g2, wn, wd2))
	r.check("gamma", dy[1], wdg)
	r.check("beta", dy[2], wdb)
	r.check("first weights", dw, convBackwardWeights(g, wide(x), wdy))
}

// testErrors: what does not fit is refused with an error that names it.
func testErrors(t *testing.T, b kernel.Backend, _ layoutMode) {
	good := kernel.Conv{N: 1, C: 2, H: 4, W: 4, K: 2, R: 3, S: 3, Stride: 1, Pad: 1}
	with := func(change func(*kernel.Conv)) kernel.Op {
		g := good
		change(&g)
		return kernel.ConvForward{Conv: g}
	}
	for _, c := range []struct {
		op       kernel.Op
		argument string
	}{
		{with(func(g *kernel.Conv) { g.N = 0 }), "N"},
		{with(func(g *kernel.Conv) { g.Stride = 0 }), "Stride"},
		{with(func(g *kernel.Conv) { g.Pad = -1 }), "Pad"},
		{with(func(g *kernel.Conv) { g.Pad = 3 }), "Pad"},
		{with(func(g *kernel.Conv) { g.R, g.Pad = 5, 0 }), "R"},
		{with(func(g *kernel.Conv) { g.N, g.H, g.W = 1<<20, 1<<20, 1<<20 }), "src"},
		{kernel.BatchNormForward{BatchNorm: kernel.BatchNorm{N: 1, C: 1, H: 1, W: 1}}, "Eps"},
		{kernel.BatchNormForward{BatchNorm: kernel.BatchNorm{N: 4, C: 1, H: 1, W: 1, Eps: 1e-5, Parts: 3}}, "Parts"},
		{kernel.BatchNormBackward{BatchNorm: kernel.BatchNorm{N: 4, C: 1, H: 1, W: 1, Eps: 1e-5, Parts: -1}}, "Parts"},
		{kernel.LinearForward{Linear: kernel.Linear{N: 1, In: 1}}, "Out"},
		{kernel.Sum{Shape: []int{2}, Inputs: 1}, "Inputs"},
		{kernel.Sum{Inputs: 2}, "Shape"},
		{kernel.ReLU{Shape: []int{2, 0}}, "src"},
		{kernel.MaxPoolForward{Pool: kernel.Pool{N: 1, C: 1, H: 4, W: 4, Size: 2, Stride: 1, Pad: 2}}, "Pad"},
		{kernel.GlobalAvgPoolForward{N: 1, C: 1, H: 0, W: 4}, "src"},
	} {
		_, err := b.Make(c.op, make([]kernel.Layout, 9))
		var e *core.Error
		if !errors.As(err, &e) || e.Argument != c.argument {
			t.Errorf("%s %+v: want an error that names %s, got %v", c.op.Name(), c.op, c.argument, err)
		}
	}
	for _, layouts := range [][]kernel.Layout{nil, make([]kernel.Layout, 2), {0, 0, 1 << 20}} {
		if _, err := b.Make(kernel.ConvForward{Conv: good}, layouts); err == nil {
			t.Errorf("want an error for layouts %v", layouts)
		}
	}
	if _, err := b.NewArena(-1); err == nil {
		t.Error("want an error for a negative arena")
	}
	p, err := b.Make(kernel.ReLU{Shape: []int{64}}, make([]kernel.Layout, 2))
	if err != nil {
		t.Fatal(err)
	}
	arena, err := b.NewArena(512)
	if err != nil {
		t.Fatal(err)
	}
	defer arena.Free()
	at := func(offset int64) kernel.Memory { return kernel.Memory{Arena: arena, Offset: offset} }
	for _, args := range [][]kernel.Memory{
		{at(0)}, {at(0), {}}, {at(0), at(-64)}, {at(0), at(320)}, {at(0), at(4)}, {at(0), at(1 << 62)},
	} {
		if _, err := b.NewProgram([]kernel.Call{{Primitive: p, Args: args}}); err == nil {
			t.Errorf("want an error for arguments %v", args)
		}
	}
	if _, err := b.NewProgram([]kernel.Call{{}}); err == nil {
		t.Error("want an error for a call without a primitive")
	}
}

// testProgram: a program runs again and again with the same bits, can be timed,
// and its memory is visible to the host.
func testProgram(t *testing.T, b kernel.Backend, mode layoutMode) {
	g := kernel.Conv{N: 9, C: 16, H: 12, W: 12, K: 24, R: 3, S: 3, Stride: 1, Pad: 1}
	r := newRig(t, b, mode)
	src := r.input([]int{9, 16, 12, 12}, random(60001, 9*16*144))
	grad := r.input([]int{9, 24, 12, 12}, random(60002, 9*24*144))
	dw := r.call(kernel.ConvBackwardWeights{Conv: g}, []*tensor{src, grad})[0]
	r.read(dw)
	program := r.run()
	first := r.values(dw)
	seconds, err := program.Profile()
	if err != nil {
		t.Fatal(err)
	}
	if len(seconds) != len(r.calls) {
		t.Errorf("Profile gives %d times for %d calls", len(seconds), len(r.calls))
	}
	for i, s := range seconds {
		if !(s >= 0 && s < 60) {
			t.Errorf("call %d took %g s", i, s)
		}
	}
	for i, v := range r.values(dw) {
		if v != first[i] {
			t.Fatalf("element %d is %g in the second run, %g in the first", i, v, first[i])
		}
	}
	fresh, err := b.NewArena(4096)
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Free()
	if got := fresh.Bytes(); got < 4096 {
		t.Errorf("Bytes() = %d, want at least 4096", got)
	}
	numbers := make([]float32, 1024)
	fresh.CopyOut(numbers, 0)
	for _, v := range numbers {
		if v != 0 {
			t.Fatal("a new arena is not zero")
		}
	}
	fresh.CopyIn(64, []float32{1, 2, 3})
	if host := fresh.Host(64, 3); host != nil {
		if host[0] != 1 || host[2] != 3 {
			t.Errorf("Host shows %v", host)
		}
		host[1] = 7
		fresh.CopyOut(numbers[:3], 64)
		if numbers[1] != 7 {
			t.Error("a value written through Host is not in the arena")
		}
	}
}
