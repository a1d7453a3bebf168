package kerneltest

import (
	"math"

	"github.com/jumelle/jumelle/core/kernel"
)

// The reference is written for reading: loops over the definition, in float64.

// taps calls f for every product of a convolution with the indices of its
// source, weight and destination elements.
func taps(g kernel.Conv, f func(src, weight, dst int)) {
	oh, ow := g.OutH(), g.OutW()
	for n := range g.N {
		for k := range g.K {
			for y := range oh {
				for x := range ow {
					for c := range g.C {
						for r := range g.R {
							for s := range g.S {
								sy, sx := y*g.Stride+r-g.Pad, x*g.Stride+s-g.Pad
								if sy < 0 || sy >= g.H || sx < 0 || sx >= g.W {
									continue
								}
								f(((n*g.C+c)*g.H+sy)*g.W+sx, ((k*g.C+c)*g.R+r)*g.S+s, ((n*g.K+k)*oh+y)*ow+x)
							}
						}
					}
				}
			}
		}
	}
}

func convForward(g kernel.Conv, src, weights []float64) []float64 {
	dst := make([]float64, g.N*g.K*g.OutH()*g.OutW())
	taps(g, func(s, w, d int) { dst[d] += src[s] * weights[w] })
	return dst
}

func convBackwardData(g kernel.Conv, dstGrad, weights []float64) []float64 {
	srcGrad := make([]float64, g.N*g.C*g.H*g.W)
	taps(g, func(s, w, d int) { srcGrad[s] += dstGrad[d] * weights[w] })
	return srcGrad
}

func convBackwardWeights(g kernel.Conv, src, dstGrad []float64) []float64 {
	weightsGrad := make([]float64, g.K*g.C*g.R*g.S)
	taps(g, func(s, w, d int) { weightsGrad[w] += src[s] * dstGrad[d] })
	return weightsGrad
}

// channel calls f for the index of every element of channel c.
func channel(g kernel.BatchNorm, c int, f func(i int)) {
	for n := range g.N {
		for j := range g.H * g.W {
			f((n*g.C+c)*g.H*g.W + j)
		}
	}
}

// piece is one of equal pieces of x.
func piece(x []float64, i, pieces int) []float64 {
	n := len(x) / pieces
	return x[i*n : (i+1)*n]
}

func batchNormForward(g kernel.BatchNorm, src, gamma, beta []float64) (dst, mean, variance []float64) {
	if one, parts := g.Part(); parts > 1 {
		for i := range parts {
			y, m, v := batchNormForward(one, piece(src, i, parts), gamma, beta)
			dst, mean, variance = append(dst, y...), append(mean, m...), append(variance, v...)
		}
		return dst, mean, variance
	}
	mean, variance = make([]float64, g.C), make([]float64, g.C)
	count := float64(g.N * g.H * g.W)
	for c := range g.C {
		channel(g, c, func(i int) { mean[c] += src[i] / count })
		channel(g, c, func(i int) { variance[c] += (src[i] - mean[c]) * (src[i] - mean[c]) / count })
	}
	return batchNormInference(g, src, gamma, beta, mean, variance), mean, variance
}

func batchNormInference(g kernel.BatchNorm, src, gamma, beta, mean, variance []float64) []float64 {
	if one, parts := g.Part(); parts > 1 {
		var dst []float64
		for i := range parts {
			dst = append(dst, batchNormInference(one, piece(src, i, parts), gamma, beta, piece(mean, i, parts), piece(variance, i, parts))...)
		}
		return dst
	}
	dst := make([]float64, len(src))
	for c := range g.C {
		channel(g, c, func(i int) {
			dst[i] = gamma[c]*(src[i]-mean[c])/math.Sqrt(variance[c]+float64(g.Eps)) + beta[c]
			if g.ReLU {
				dst[i] = max(dst[i], 0)
			}
		})
	}
	return dst
}

func batchNormBackward(g kernel.BatchNorm, src, gamma, beta, dstGrad []float64) (srcGrad, gammaGrad, betaGrad []float64) {
	if one, parts := g.Part(); parts > 1 {
		gammaGrad, betaGrad = make([]float64, g.C), make([]float64, g.C)
		for i := range parts {
			x, s, b := batchNormBackward(one, piece(src, i, parts), gamma, beta, piece(dstGrad, i, parts))
			srcGrad = append(srcGrad, x...)
			for c := range g.C {
				gammaGrad[c] += s[c]
				betaGrad[c] += b[c]
			}
		}
		return srcGrad, gammaGrad, betaGrad
	}
	dst, mean, variance := batchNormForward(g, src, gamma, beta)
	srcGrad, gammaGrad, betaGrad = make([]float64, len(src)), make([]float64, g.C), make([]float64, g.C)
	count := float64(g.N * g.H * g.W)
	for c := range g.C {
		sigma := math.Sqrt(variance[c] + float64(g.Eps))
		grad := func(i int) float64 {
			if g.ReLU && dst[i] <= 0 {
				return 0
			}
			return dstGrad[i]
		}
		normal := func(i int) float64 { return (src[i] - mean[c]) / sigma }
		channel(g, c, func(i int) { gammaGrad[c] += grad(i) * normal(i) })
		channel(g, c, func(i int) { betaGrad[c] += grad(i) })
		channel(g, c, func(i int) {
			srcGrad[i] = gamma[c] / sigma * (grad(i) - betaGrad[c]/count - normal(i)*gammaGrad[c]/count)
		})
	}
	return srcGrad, gammaGrad, betaGrad
}

func linearForward(g kernel.Linear, src, weights, bias []float64) []float64 {
	dst := make([]float64, g.N*g.Out)
	for n := range g.N {
		for o := range g.Out {
			sum := 0.0
			if g.Bias {
				sum = bias[o]
			}
			for i := range g.In {
				sum += src[n*g.In+i] * weights[o*g.In+i]
			}
			dst[n*g.Out+o] = sum
		}
	}
	return dst
}

func linearBackward(g kernel.Linear, src, weights, dstGrad []float64) (srcGrad, weightsGrad, biasGrad []float64) {
	srcGrad, weightsGrad, biasGrad = make([]float64, g.N*g.In), make([]float64, g.Out*g.In), make([]float64, g.Out)
	for n := range g.N {
		for o := range g.Out {
			d := dstGrad[n*g.Out+o]
			biasGrad[o] += d
			for i := range g.In {
				srcGrad[n*g.In+i] += d * weights[o*g.In+i]
				weightsGrad[o*g.In+i] += d * src[n*g.In+i]
			}
		}
	}
	return srcGrad, weightsGrad, biasGrad
}

// maxPool gives the maxima and the index of each (the first of equals).
func maxPool(g kernel.Pool, src []float64) (dst []float64, where []int) {
	for i := range g.N * g.C {
		for y := range g.OutH() {
			for x := range g.OutW() {
				best, at := math.Inf(-1), -1
				for r := range g.Size {
					for s := range g.Size {
						sy, sx := y*g.Stride+r-g.Pad, x*g.Stride+s-g.Pad
						if sy < 0 || sy >= g.H || sx < 0 || sx >= g.W {
							continue
						}
						if j := (i*g.H+sy)*g.W + sx; src[j] > best {
							best, at = src[j], j
						}
					}
				}
				dst, where = append(dst, best), append(where, at)
			}
		}
	}
	return dst, where
}

func maxPoolBackward(g kernel.Pool, dstGrad []float64, where []int) []float64 {
	srcGrad := make([]float64, g.N*g.C*g.H*g.W)
	for i, v := range dstGrad {
		srcGrad[where[i]] += v
	}
	return srcGrad
}

func globalAvgPool(n, hw int, src []float64) []float64 {
	dst := make([]float64, n)
	for i, v := range src {
		dst[i/hw] += v / float64(hw)
	}
	return dst
}

func globalAvgPoolBackward(hw int, dstGrad []float64) []float64 {
	srcGrad := make([]float64, len(dstGrad)*hw)
	for i := range srcGrad {
		srcGrad[i] = dstGrad[i/hw] / float64(hw)
	}
	return srcGrad
}
