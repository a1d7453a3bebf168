package portable

import "github.com/jumelle/jumelle/core/kernel"

// The workspace of max pooling is the index of each maximum within its plane, as
// a float32: exact, as a plane has fewer than 2^24 elements (Make checks).

func (b *backend) maxPoolForward(p *primitive, g kernel.Pool) {
	p.operands[2].Bytes = p.operands[1].Bytes
	oh, ow := g.OutH(), g.OutW()
	p.run = func(args [][]float32, _ []float32) error {
		src, dst, where := args[0], args[1], args[2]
		return b.split(g.N*g.C, max(1, grainFlat/(g.H*g.W)), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				plane := src[i*g.H*g.W:][:g.H*g.W]
				to, at := dst[i*oh*ow:][:oh*ow], where[i*oh*ow:][:oh*ow]
				for y := range oh {
					y0, y1 := max(0, y*g.Stride-g.Pad), min(g.H, y*g.Stride-g.Pad+g.Size)
					for x := range ow {
						x0, x1 := max(0, x*g.Stride-g.Pad), min(g.W, x*g.Stride-g.Pad+g.Size)
						best := y0*g.W + x0
						for sy := y0; sy < y1; sy++ {
							for sx := x0; sx < x1; sx++ {
								// The first of equals wins; NaN wins over all.
								if j := sy*g.W + sx; !(plane[j] <= plane[best]) && plane[best] == plane[best] {
									best = j
								}
							}
						}
						to[y*ow+x], at[y*ow+x] = plane[best], float32(best)
					}
				}
			}
		})
	}
}

func (b *backend) maxPoolBackward(p *primitive, g kernel.Pool) {
	p.operands[1].Bytes = p.operands[0].Bytes
	out, in := g.OutH()*g.OutW(), g.H*g.W
	p.run = func(args [][]float32, _ []float32) error {
		dstGrad, where, srcGrad := args[0], args[1], args[2]
		return b.split(g.N*g.C, max(1, grainFlat/in), func(lo, hi int) {
			clear(srcGrad[lo*in : hi*in])
			for i := lo; i < hi; i++ {
				to, at := srcGrad[i*in:][:in], where[i*out:][:out]
				for j, v := range dstGrad[i*out:][:out] {
					to[int(at[j])] += v
				}
			}
		})
	}
}

func (b *backend) globalAvgPoolForward(p *primitive, g kernel.GlobalAvgPoolForward) {
	hw := g.H * g.W
	p.run = func(args [][]float32, _ []float32) error {
		return b.split(g.N*g.C, max(1, grainFlat/hw), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				args[1][i] = float32(total(args[0][i*hw:][:hw]) / float64(hw))
			}
		})
	}
}

func (b *backend) globalAvgPoolBackward(p *primitive, g kernel.GlobalAvgPoolBackward) {
	hw := g.H * g.W
	p.run = func(args [][]float32, _ []float32) error {
		return b.split(g.N*g.C, max(1, grainFlat/hw), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				v := args[0][i] / float32(hw)
				to := args[1][i*hw:][:hw]
				for j := range to {
					to[j] = v
				}
			}
		})
	}
}
