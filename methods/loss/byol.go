package loss

import "github.com/jumelle/jumelle/core/par"

// BYOL is one direction of the loss of BYOL (Grill et al. 2020) on predictions and
// targets (n, d), the targets being constants:
//
//	L = 1/n Σ_i (2 - 2·cos(prediction_i, target_i)) = 1/n Σ_i ‖p̂_i - t̂_i‖²
//
// 0 for equal directions, 2 for orthogonal and 4 for opposite ones. The method
// adds both directions. solo-learn's byol_loss_func is the same number; lightly's
// NegativeCosineSimilarity is -cos, halved over the directions: a gradient 4 times
// smaller. gp (n, d) becomes the gradient; nil skips it. One row is enough.
func BYOL(prediction, target []float32, n, d int, gp []float32) (float64, error) {
	const op = "byol"
	if err := checkPairs(op, "prediction", "target", prediction, target, n, d, 1); err != nil {
		return 0, err
	}
	if err := checkOutputs(op, []array{{"gp", gp}}, []array{{"prediction", prediction}, {"target", target}}, n, d); err != nil {
		return 0, err
	}
	mem := borrow()
	defer mem.giveBack()
	lengthP, lengthT, loss := mem.doubles(n), mem.doubles(n), mem.doubles(n)
	if err := Normalize(op, "prediction", prediction, n, d, nil, lengthP); err != nil {
		return 0, err
	}
	if err := Normalize(op, "target", target, n, d, nil, lengthT); err != nil {
		return 0, err
	}
	err := par.For(n, pieceRows(d), func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			p, t := prediction[i*d:(i+1)*d], target[i*d:(i+1)*d]
			loss[i] = 2 - 2*cosine(p, t, lengthP[i], lengthT[i])
			if gp != nil {
				through(p, lengthP[i], nil, 2/lengthT[i], t, 1/float64(n), gp[i*d:(i+1)*d])
			}
		}
		return nil
	})
	value := 0.0
	for _, l := range loss {
		value += l
	}
	return value / float64(n), err
}
