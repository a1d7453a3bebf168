package portable

import "github.com/jumelle/jumelle/core/kernel"

// grainFlat is the smallest piece of an elementwise pass: less is not worth a
// goroutine.
const grainFlat = 16384

func (b *backend) sum(p *primitive, op kernel.Sum) {
	p.run = func(args [][]float32, _ []float32) error {
		dst := args[op.Inputs]
		return b.split(len(dst), grainFlat, func(lo, hi int) {
			to := dst[lo:hi]
			add(to, args[0][lo:hi], args[1][lo:hi])
			for _, src := range args[2:op.Inputs] {
				add(to, to, src[lo:hi])
			}
			if op.ReLU {
				clip(to, to)
			}
		})
	}
}

func (b *backend) relu(p *primitive) {
	p.run = func(args [][]float32, _ []float32) error {
		return b.split(len(args[1]), grainFlat, func(lo, hi int) {
			clip(args[1][lo:hi], args[0][lo:hi])
		})
	}
}

func (b *backend) reluBackward(p *primitive) {
	p.run = func(args [][]float32, _ []float32) error {
		return b.split(len(args[2]), grainFlat, func(lo, hi int) {
			dst, grad, to := args[0][lo:hi], args[1][lo:hi], args[2][lo:hi]
			for i, v := range grad {
				if !(dst[i] > 0) {
					v = 0
				}
				to[i] = v
			}
		})
	}
}

func (b *backend) reorder(p *primitive) {
	p.run = func(args [][]float32, _ []float32) error {
		return b.split(len(args[1]), grainFlat, func(lo, hi int) {
			copy(args[1][lo:hi], args[0][lo:hi])
		})
	}
}

func add(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

// clip is max(x, 0); NaN stays, so that a spoilt batch is seen in the loss.
func clip(dst, src []float32) {
	src = src[:len(dst)]
	for i, v := range src {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}
