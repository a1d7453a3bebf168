package portable

import "github.com/jumelle/jumelle/core/kernel"

// rowGrain cuts a product's rows into pieces that are worth a goroutine.
func rowGrain(rows, n, k int) int {
	return max(16, min(rows, (1<<18)/(n*k)))
}

func (b *backend) linearForward(p *primitive, g kernel.Linear) {
	p.run = func(args [][]float32, _ []float32) error {
		src, weights, dst := args[0], args[1], args[len(args)-1]
		return b.split(g.N, rowGrain(g.N, g.In, g.Out), func(lo, hi int) {
			beta := float32(0)
			if g.Bias {
				beta = 1
				for i := lo; i < hi; i++ {
					copy(dst[i*g.Out:][:g.Out], args[2])
				}
			}
			kernel.Gemm(false, true, hi-lo, g.Out, g.In, 1, src[lo*g.In:hi*g.In], g.In, weights, g.In, beta, dst[lo*g.Out:hi*g.Out], g.Out)
		})
	}
}

func (b *backend) linearBackwardData(p *primitive, g kernel.Linear) {
	p.run = func(args [][]float32, _ []float32) error {
		dstGrad, weights, srcGrad := args[0], args[1], args[2]
		return b.split(g.N, rowGrain(g.N, g.In, g.Out), func(lo, hi int) {
			kernel.Gemm(false, false, hi-lo, g.In, g.Out, 1, dstGrad[lo*g.Out:hi*g.Out], g.Out, weights, g.In, 0, srcGrad[lo*g.In:hi*g.In], g.In)
		})
	}
}

func (b *backend) linearBackwardWeights(p *primitive, g kernel.Linear) {
	p.run = func(args [][]float32, _ []float32) error {
		src, dstGrad, weightsGrad := args[0], args[1], args[2]
		if g.Bias {
			biasGrad := args[3]
			for o := range g.Out {
				var sum float64
				for i := range g.N {
					sum += float64(dstGrad[i*g.Out+o])
				}
				biasGrad[o] = float32(sum)
			}
		}
		return b.split(g.Out, rowGrain(g.Out, g.In, g.N), func(lo, hi int) {
			kernel.Gemm(true, false, hi-lo, g.In, g.N, 1, dstGrad[lo:], g.Out, src, g.In, 0, weightsGrad[lo*g.In:hi*g.In], g.In)
		})
	}
}
