package loss

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// MaskedMSE is the mean squared error over the values that mask weighs:
//
//	L = Σ m·(x - target)² / Σ m
//
// for arrays of any shape, flattened, all of the same length. mask holds weights
// of at least 0, not all of them 0; nil weighs all alike. gx becomes the gradient
// with respect to x, 0 wherever the mask is; nil skips it. (Inpainting: Pathak et
// al. 2016; masked autoencoders: He et al. 2022.)
func MaskedMSE(x, target, mask, gx []float32) (float64, error) {
	const op = "masked_mse"
	n := len(x)
	if n == 0 {
		return 0, core.Errorf(core.EShape, op, "x", "want at least one value, got none")
	}
	if len(target) != n {
		return 0, core.Errorf(core.EShape, op, "target", "want %d values as in x, got %d", n, len(target))
	}
	if mask != nil && len(mask) != n {
		return 0, core.Errorf(core.EShape, op, "mask", "want %d values as in x, or nil, got %d", n, len(mask))
	}
	if err := checkOutputs(op, []array{{"gx", gx}}, []array{{"x", x}, {"target", target}, {"mask", mask}}, n, 1); err != nil {
		return 0, err
	}
	const piece = 1 << 14
	type sums struct{ square, weight float64 }
	parts := make([]sums, (n+piece-1)/piece)
	err := par.For(n, piece, func(lo, hi int) error {
		var s sums
		for i := lo; i < hi; i++ {
			e, w := float64(x[i])-float64(target[i]), 1.0
			if mask != nil {
				w = float64(mask[i])
			}
			if !finite(e) || !finite(w) {
				return notFiniteAt(op, i, array{"x", x}, array{"target", target}, array{"mask", mask})
			}
			if w < 0 {
				return core.Invalid(op, "mask", "want weights of at least 0, got %v at value %d", w, i)
			}
			s.square += w * e * e
			s.weight += w
		}
		parts[lo/piece] = s
		return nil
	})
	if err != nil {
		return 0, err
	}
	var total sums
	for _, s := range parts {
		total.square += s.square
		total.weight += s.weight
	}
	if total.weight == 0 {
		return 0, core.Invalid(op, "mask", "want a weight above 0 somewhere, got only 0")
	}
	if gx == nil {
		return total.square / total.weight, nil
	}
	return total.square / total.weight, par.For(n, piece, func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			g := 2 * (float64(x[i]) - float64(target[i])) / total.weight
			if mask != nil {
				g *= float64(mask[i])
			}
			gx[i] = float32(g)
		}
		return nil
	})
}

func notFiniteAt(op string, i int, arrays ...array) error {
	for _, a := range arrays {
		if a.values != nil && !finite(float64(a.values[i])) {
			return core.Errorf(core.ENumeric, op, a.name, "want finite values, got %v at value %d", a.values[i], i)
		}
	}
	return core.Errorf(core.ENumeric, op, "x", "want finite values, got others at value %d", i)
}
