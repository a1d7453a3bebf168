package methods

import "github.com/jumelle/jumelle/core/nn"

// head is a Linear for each width with ReLU between them. hidden says whether those
// before the last are batch-normalised, last whether the last is; a Linear has a
// bias where no batch norm follows.
func head(name string, widths []int, hidden, last bool) nn.Head {
	h := nn.Head{Name: name}
	for i, width := range widths {
		end := i == len(widths)-1
		h.Layers = append(h.Layers, nn.Layer{Out: width, BatchNorm: hidden && !end || last && end, ReLU: !end})
	}
	return h
}

// unbiased is a head whose last Linear has no bias.
func unbiased(h nn.Head) nn.Head {
	h.Layers[len(h.Layers)-1].NoBias = true
	return h
}

// withPrediction is the heads of BYOL's and MoCo v3's online network: projection and
// prediction, or without one where the spec has no widths: to see what happens.
func withPrediction(projection nn.Head, spec Spec) []nn.Head {
	if len(spec.Prediction) == 0 {
		return []nn.Head{projection}
	}
	return []nn.Head{projection, unbiased(head("prediction", spec.Prediction, true, false))}
}
