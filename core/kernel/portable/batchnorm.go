package portable

import (
	"math"

	"github.com/jumelle/jumelle/core/kernel"
)

// Channels are independent: each is summed by one worker, in float64, in the
// order of the pictures.

// A mask holds one bit an element: whether the ReLU let it through. Each plane
// (n, c) begins a new word. The words lie in float32 memory as bit patterns.
func maskWords(g kernel.BatchNorm) int { return (g.H*g.W + 31) / 32 }

func maskBytes(g kernel.BatchNorm) int64 {
	if !g.ReLU {
		return 0
	}
	return int64(g.N) * int64(g.C) * int64(maskWords(g)) * 4
}

func channelGrain(g kernel.BatchNorm) int { return max(1, 4096/(g.N*g.H*g.W)) }

func (b *backend) batchNormForward(p *primitive, g kernel.BatchNorm) {
	p.operands[6].Bytes = maskBytes(g)
	hw, words := g.H*g.W, maskWords(g)
	part, parts := g.Part()
	count := float64(part.N) * float64(hw)
	p.run = func(args [][]float32, _ []float32) error {
		src, gamma, beta, dst, means, vars, mask := args[0], args[1], args[2], args[3], args[4], args[5], args[6]
		return b.split(parts*g.C, channelGrain(part), func(lo, hi int) {
			for at := lo; at < hi; at++ {
				first, c := at/g.C*part.N, at%g.C
				var sum, squares float64
				for n := first; n < first+part.N; n++ {
					sum += total(src[(n*g.C+c)*hw:][:hw])
				}
				mean := sum / count
				for n := first; n < first+part.N; n++ {
					squares += spread(src[(n*g.C+c)*hw:][:hw], mean)
				}
				variance := squares / count
				means[at], vars[at] = float32(mean), float32(variance)
				// As stored, so that inference by these statistics gives the same bits.
				mean, variance = float64(means[at]), float64(vars[at])
				scale := float64(gamma[c]) / math.Sqrt(variance+float64(g.Eps))
				a, d := float32(scale), float32(float64(beta[c])-mean*scale)
				for n := first; n < first+part.N; n++ {
					i := n*g.C + c
					if g.ReLU {
						affineMask(dst[i*hw:][:hw], src[i*hw:][:hw], a, d, mask[i*words:][:words])
					} else {
						affine(dst[i*hw:][:hw], src[i*hw:][:hw], a, d)
					}
				}
			}
		})
	}
}

func (b *backend) batchNormInference(p *primitive, g kernel.BatchNorm) {
	hw := g.H * g.W
	part, parts := g.Part()
	p.run = func(args [][]float32, _ []float32) error {
		src, gamma, beta, means, vars, dst := args[0], args[1], args[2], args[3], args[4], args[5]
		return b.split(parts*g.C, channelGrain(part), func(lo, hi int) {
			for at := lo; at < hi; at++ {
				first, c := at/g.C*part.N, at%g.C
				scale := float64(gamma[c]) / math.Sqrt(float64(vars[at])+float64(g.Eps))
				a, d := float32(scale), float32(float64(beta[c])-float64(means[at])*scale)
				for n := first; n < first+part.N; n++ {
					i := (n*g.C + c) * hw
					affine(dst[i:][:hw], src[i:][:hw], a, d)
					if g.ReLU {
						clip(dst[i:][:hw], dst[i:][:hw])
					}
				}
			}
		})
	}
}

// With x̂ = (x-mean)/σ and g the gradient of the output (0 where the ReLU cut),
// gamma_grad = Σ g·x̂, beta_grad = Σ g and
// src_grad = gamma/σ · (g - beta_grad/count - x̂·gamma_grad/count), with the sums of
// a part; gamma_grad and beta_grad themselves add up those of all parts.
func (b *backend) batchNormBackward(p *primitive, g kernel.BatchNorm) {
	p.operands[5].Bytes = maskBytes(g)
	hw, words := g.H*g.W, maskWords(g)
	part, parts := g.Part()
	count := float64(part.N) * float64(hw)
	p.run = func(args [][]float32, _ []float32) error {
		src, means, vars, gamma, dstGrad, mask := args[0], args[1], args[2], args[3], args[4], args[5]
		srcGrad, gammaGrad, betaGrad := args[6], args[7], args[8]
		return b.split(g.C, channelGrain(g), func(lo, hi int) {
			for c := lo; c < hi; c++ {
				var gammaSum, betaSum float64
				for k := range parts {
					first, at := k*part.N, k*g.C+c
					mean, inverse := float64(means[at]), 1/math.Sqrt(float64(vars[at])+float64(g.Eps))
					var sum, product float64
					for n := first; n < first+part.N; n++ {
						i := n*g.C + c
						grad := dstGrad[i*hw:][:hw]
						if g.ReLU {
							// Nothing reads dst_grad after this pass where src_grad shares its
							// memory, so the cut gradient is kept there.
							cut(srcGrad[i*hw:][:hw], grad, mask[i*words:][:words])
							grad = srcGrad[i*hw:][:hw]
						}
						s, q := moments(grad, src[i*hw:][:hw], mean)
						sum += s
						product += q
					}
					gammaSum += product * inverse
					betaSum += sum
					scale := float64(gamma[c]) * inverse
					// src_grad = scale*g + slope*x + shift
					slope := -scale * product * inverse * inverse / count
					shift := -scale*sum/count - slope*mean
					for n := first; n < first+part.N; n++ {
						i := (n*g.C + c) * hw
						grad := dstGrad[i:][:hw]
						if g.ReLU {
							grad = srcGrad[i:][:hw]
						}
						combine(srcGrad[i:][:hw], grad, src[i:][:hw], float32(scale), float32(slope), float32(shift))
					}
				}
				gammaGrad[c], betaGrad[c] = float32(gammaSum), float32(betaSum)
			}
		})
	}
}

// The loops over a plane, as batchnorm_simd.go has them in vectors, to the same
// bits: sums in four interleaved parts, every product and sum rounded by itself.

func totalPlain(x []float32) float64 {
	var s [4]float64
	for len(x) >= 4 {
		s[0] += float64(x[0])
		s[1] += float64(x[1])
		s[2] += float64(x[2])
		s[3] += float64(x[3])
		x = x[4:]
	}
	return addTotal(s, x)
}

// addTotal adds up the parts and what is left after the last four values; so do
// addSpread and addMoments.
func addTotal(s [4]float64, rest []float32) float64 {
	for _, v := range rest {
		s[0] += float64(v)
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}

// spreadPlain is Σ (x-mean)².
func spreadPlain(x []float32, mean float64) float64 {
	var s [4]float64
	for len(x) >= 4 {
		d0, d1, d2, d3 := float64(x[0])-mean, float64(x[1])-mean, float64(x[2])-mean, float64(x[3])-mean
		s[0] += float64(d0 * d0)
		s[1] += float64(d1 * d1)
		s[2] += float64(d2 * d2)
		s[3] += float64(d3 * d3)
		x = x[4:]
	}
	return addSpread(s, x, mean)
}

func addSpread(s [4]float64, rest []float32, mean float64) float64 {
	for _, v := range rest {
		d := float64(v) - mean
		s[0] += float64(d * d)
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}

// momentsPlain is Σ g and Σ g·(x-mean).
func momentsPlain(g, x []float32, mean float64) (sum, product float64) {
	x = x[:len(g)]
	var s, q [4]float64
	for len(g) >= 4 {
		for i := range 4 {
			v := float64(g[i])
			s[i] += v
			q[i] += float64(v * (float64(x[i]) - mean))
		}
		g, x = g[4:], x[4:]
	}
	return addMoments(s, q, g, x, mean)
}

func addMoments(s, q [4]float64, g, x []float32, mean float64) (sum, product float64) {
	for i, v := range g {
		s[0] += float64(v)
		q[0] += float64(float64(v) * (float64(x[i]) - mean))
	}
	return (s[0] + s[1]) + (s[2] + s[3]), (q[0] + q[1]) + (q[2] + q[3])
}

func affinePlain(dst, src []float32, a, d float32) {
	src = src[:len(dst)]
	for i, v := range src {
		dst[i] = float32(a*v) + d
	}
}

func affineMaskPlain(dst, src []float32, a, d float32, mask []float32) {
	for w := range mask {
		n := min(32, len(dst))
		var bits uint32
		to, from := dst[:n], src[:n]
		for i, v := range from {
			y := float32(a*v) + d
			if y > 0 {
				bits |= 1 << uint(i)
			} else {
				y = 0
			}
			to[i] = y
		}
		mask[w] = math.Float32frombits(bits)
		dst, src = dst[n:], src[n:]
	}
}

func cutPlain(dst, grad, mask []float32) {
	for _, word := range mask {
		n := min(32, len(dst))
		bits := math.Float32bits(word)
		to, from := dst[:n], grad[:n]
		for i, v := range from {
			if bits&1 == 0 {
				v = 0
			}
			bits >>= 1
			to[i] = v
		}
		dst, grad = dst[n:], grad[n:]
	}
}

func combinePlain(dst, g, x []float32, scale, slope, shift float32) {
	g, x = g[:len(dst)], x[:len(dst)]
	for i := range dst {
		dst[i] = float32(float32(scale*g[i])+float32(slope*x[i])) + shift
	}
}
