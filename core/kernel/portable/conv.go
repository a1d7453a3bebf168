package portable

import "github.com/jumelle/jumelle/core/kernel"

// Convolutions are matrix products with a picture's columns: the matrix
// (C*R*S, OutH*OutW) that holds, for each place of the window, what it sees.

// columns writes the columns of one picture src (C, H, W).
func columns(g kernel.Conv, src, cols []float32) {
	oh, ow := g.OutH(), g.OutW()
	i := 0
	for c := range g.C {
		plane := src[c*g.H*g.W:][:g.H*g.W]
		for r := range g.R {
			for s := range g.S {
				lo, hi := inside(s, g.Pad, g.Stride, g.W, ow)
				for y := range oh {
					line := cols[i : i+ow]
					i += ow
					sy := y*g.Stride + r - g.Pad
					if sy < 0 || sy >= g.H {
						clear(line)
						continue
					}
					clear(line[:lo])
					clear(line[hi:])
					from := plane[sy*g.W : (sy+1)*g.W]
					at := lo*g.Stride + s - g.Pad
					if g.Stride == 1 {
						copy(line[lo:hi], from[at:])
						continue
					}
					for x := lo; x < hi; x++ {
						line[x] = from[at]
						at += g.Stride
					}
				}
			}
		}
	}
}

// addColumns is the reverse: it adds each element of cols to the element of dst
// (C, H, W) that columns read it from. dst is overwritten.
func addColumns(g kernel.Conv, cols, dst []float32) {
	oh, ow := g.OutH(), g.OutW()
	clear(dst)
	i := 0
	for c := range g.C {
		plane := dst[c*g.H*g.W:][:g.H*g.W]
		for r := range g.R {
			for s := range g.S {
				lo, hi := inside(s, g.Pad, g.Stride, g.W, ow)
				for y := range oh {
					line := cols[i : i+ow]
					i += ow
					sy := y*g.Stride + r - g.Pad
					if sy < 0 || sy >= g.H {
						continue
					}
					to := plane[sy*g.W : (sy+1)*g.W]
					at := lo*g.Stride + s - g.Pad
					for x := lo; x < hi; x++ {
						to[at] += line[x]
						at += g.Stride
					}
				}
			}
		}
	}
}

// inside is the range of output places x for which x*stride + tap - pad lies in
// a side of that length.
func inside(tap, pad, stride, length, out int) (lo, hi int) {
	if d := pad - tap; d > 0 {
		lo = min((d+stride-1)/stride, out)
	}
	if d := length - 1 + pad - tap; d >= 0 {
		hi = min(d/stride+1, out)
	}
	return lo, max(lo, hi)
}

// pieces is how many pieces n pictures are cut into, and the pictures of a piece.
// It depends on n alone, so that sums over pieces do not depend on threads.
func pieces(n int) (count, grain int) {
	grain = (n + 15) / 16
	return (n + grain - 1) / grain, grain
}

func (b *backend) convForward(p *primitive, g kernel.Conv) {
	k, n := g.C*g.R*g.S, g.OutH()*g.OutW()
	count, grain := pieces(g.N)
	p.scratch = int64(count*k*n) * 4
	p.run = func(args [][]float32, scratch []float32) error {
		src, weights, dst := args[0], args[1], args[2]
		return b.split(g.N, grain, func(lo, hi int) {
			cols := scratch[lo/grain*k*n:][:k*n]
			for i := lo; i < hi; i++ {
				columns(g, src[i*g.C*g.H*g.W:][:g.C*g.H*g.W], cols)
				kernel.Gemm(false, false, g.K, n, k, 1, weights, k, cols, n, 0, dst[i*g.K*n:][:g.K*n], n)
			}
		})
	}
}

func (b *backend) convBackwardData(p *primitive, g kernel.Conv) {
	k, n := g.C*g.R*g.S, g.OutH()*g.OutW()
	count, grain := pieces(g.N)
	p.scratch = int64(count*k*n) * 4
	p.run = func(args [][]float32, scratch []float32) error {
		dstGrad, weights, srcGrad := args[0], args[1], args[2]
		return b.split(g.N, grain, func(lo, hi int) {
			cols := scratch[lo/grain*k*n:][:k*n]
			for i := lo; i < hi; i++ {
				kernel.Gemm(true, false, k, n, g.K, 1, weights, k, dstGrad[i*g.K*n:][:g.K*n], n, 0, cols, n)
				addColumns(g, cols, srcGrad[i*g.C*g.H*g.W:][:g.C*g.H*g.W])
			}
		})
	}
}

func (b *backend) convBackwardWeights(p *primitive, g kernel.Conv) {
	k, n := g.C*g.R*g.S, g.OutH()*g.OutW()
	count, grain := pieces(g.N)
	size := k*n + g.K*k // a piece's columns and its sum
	p.scratch = int64(count*size) * 4
	p.run = func(args [][]float32, scratch []float32) error {
		src, dstGrad, weightsGrad := args[0], args[1], args[2]
		err := b.split(g.N, grain, func(lo, hi int) {
			own := scratch[lo/grain*size:][:size]
			cols, sum := own[:k*n], own[k*n:]
			for i := lo; i < hi; i++ {
				columns(g, src[i*g.C*g.H*g.W:][:g.C*g.H*g.W], cols)
				beta := float32(1)
				if i == lo {
					beta = 0
				}
				kernel.Gemm(false, true, g.K, k, n, 1, dstGrad[i*g.K*n:][:g.K*n], n, cols, n, beta, sum, k)
			}
		})
		if err != nil {
			return err
		}
		return b.split(g.K*k, 4096, func(lo, hi int) {
			copy(weightsGrad[lo:hi], scratch[k*n+lo:k*n+hi])
			for c := 1; c < count; c++ {
				sum := scratch[c*size+k*n:][lo:hi]
				for j, v := range sum {
					weightsGrad[lo+j] += v
				}
			}
		})
	}
}
