package methods

import (
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/nn"
	"github.com/jumelle/jumelle/core/opt"
)

// target is the network of BYOL and MoCo that no gradient reaches: encoder and
// projection with parameters of their own, which follow the online network's as a
// moving average, and batch statistics of their own. It begins as the online
// network does.
type target struct {
	*Network
	momentum float64 // the weight of its old parameters, at the start
}

func newTarget(spec Spec, projection nn.Head, backend kernel.Backend) (*target, error) {
	network, err := newNetwork(encoderConfig(spec, projection), backend, spec.Seed)
	if err != nil {
		return nil, err
	}
	return &target{network, *spec.Momentum}, nil
}

// pursue ends a step: θ' ← m·θ' + (1-m)·θ with the stepped θ, and the statistics
// of the step's passes. The target's parameters are the first of the online
// network's, as a prediction head comes last.
func (t *target) pursue(online *Network, m float64) error {
	own := t.Params.Values
	if err := opt.EMA(own, online.Params.Values[:len(own)], m); err != nil {
		return err
	}
	t.commit()
	return nil
}

// rising is the momentum at a step of a run: half a cosine from its start to 1,
// or its start where the length of the run is not known.
func (t *target) rising(step, total int64) float64 {
	if total == 0 {
		return t.momentum
	}
	return opt.EMACosine(step, t.momentum, total)
}

// symmetric is a step of BYOL and MoCo v3: each view's prediction against the
// target's projection of the other view, both directions added. A direction needs
// one view of the online network alone, as targets are constants: the views go
// through it one after the other, each normalised by its own statistics, in the
// memory of one.
func symmetric(online *Network, target *target, views Views, direction func(prediction, target []float32, n, d int, g []float32) (float64, error)) (Result, error) {
	n, d := views.N, online.dim()
	online.begin()
	target.begin()
	targets, projected := make([]float32, 2*n*d), make([]float32, 2*n*d)
	for v := range 2 {
		if err := target.follow(views.norm, views.view(v), 1, "projection", targets[v*n*d:]); err != nil {
			return Result{}, err
		}
	}
	result := Result{Embeddings: projected, N: n, D: d}
	for v := range 2 {
		run, err := online.forward(0, views.norm, views.view(v))
		if err != nil {
			return Result{}, err
		}
		other := targets[(1-v)*n*d:][:n*d]
		value, err := direction(run.Output(), other, n, d, run.OutputGrad())
		if err != nil {
			return Result{}, err
		}
		result.Loss += value
		copy(projected[v*n*d:], run.Head("projection"))
		if err := online.backward(run, v == 0); err != nil {
			return Result{}, err
		}
	}
	return result, nil
}
