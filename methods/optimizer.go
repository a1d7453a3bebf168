package methods

import (
	"math"

	"github.com/jumelle/jumelle/core/nn"
	"github.com/jumelle/jumelle/core/opt"
)

// newOptimizer makes the optimizer that a complete spec names.
func newOptimizer(s Spec) opt.Optimizer {
	switch s.Optimizer {
	case "lars":
		return &opt.LARS{Momentum: *s.OptimizerMomentum, WeightDecay: *s.WeightDecay, Trust: *s.Trust}
	case "adamw":
		o := opt.DefaultAdamW()
		o.WeightDecay = *s.WeightDecay
		return &o
	default:
		return &opt.SGD{Momentum: *s.OptimizerMomentum, WeightDecay: *s.WeightDecay, Nesterov: *s.Nesterov}
	}
}

// groups tells the optimizer the tensors apart: biases and the scales and shifts of
// batch norms, of one dimension, have neither decay nor adaptation and a rate of
// their own; fixed ones are in no group.
func groups(params *nn.Params, biasRate float64) []opt.Group {
	var list []opt.Group
	for _, p := range params.List {
		if p.Fixed {
			continue
		}
		g := opt.Group{Offset: p.Offset, Len: p.Len(), Adapt: true, Decay: true}
		if len(p.Shape) == 1 {
			g.Adapt, g.Decay, g.Rate = false, false, biasRate
		}
		list = append(list, g)
	}
	return list
}

// learningRate is a step's, after a linear rise over the warm-up:
//
//	cosine           half a cosine to FinalRate, a step at a time
//	cosine_by_epoch  the same, changing with the epoch (MoCo)
//	steps            a tenth from 60 % and a hundredth from 80 % of the epochs on (MoCo v1)
//
// Where the size of the data set is not known, it stays at its peak.
func (s Spec) learningRate(step int64) float64 {
	perEpoch, peak := s.StepsPerEpoch(), *s.LearningRate
	if perEpoch == 0 {
		return peak
	}
	total := perEpoch * int64(s.Epochs)
	warmup := int64(math.Round(*s.WarmupEpochs * float64(perEpoch)))
	if step >= warmup && s.Schedule != "cosine" {
		step -= step % perEpoch
		step = max(step, warmup)
	}
	if s.Schedule == "steps" && step >= warmup {
		switch done := float64(step) / float64(total); {
		case done >= 0.8:
			return peak / 100
		case done >= 0.6:
			return peak / 10
		}
		return peak
	}
	return opt.WarmupCosine(step, peak, warmup, total, peak**s.FinalRate)
}
