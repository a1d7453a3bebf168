package methods

import (
	"github.com/jumelle/jumelle/core"
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

	// Of this step, (2N, d), view after view: what it says, and beside it the online
	// network's projections.
	said, projected []float32
}

func newTarget(spec Spec, projection nn.Head, backend kernel.Backend) (*target, error) {
	network, err := newNetwork(encoderConfig(spec, projection), backend, spec.Seed)
	if err != nil {
		return nil, err
	}
	return &target{Network: network, momentum: *spec.Momentum}, nil
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
// target's projection of the other view, both directions added. The views go through
// the online network together, each normalised by its own statistics, and through the
// target one after the other, in the memory of one. parts above 1 are for a loss that
// is a mean over pictures: so many equal parts of the batch follow each other with a
// loss and a backward pass each.
func symmetric(online *Network, target *target, views Views, parts int, direction func(prediction, target []float32, n, d int, g []float32) (float64, error)) (Result, error) {
	n, d := views.N, online.dim()
	target.begin()
	target.said, target.projected = core.Sized(target.said, 2*n*d), core.Sized(target.projected, 2*n*d)
	for v, view := range views.each {
		if err := target.follow(views.norm, view, views.slices, 1, "projection", target.said[v*n*d:]); err != nil {
			return Result{}, err
		}
	}
	result := Result{Embeddings: target.projected, N: n, D: d}
	size := n / parts * d
	for i := range parts {
		p, err := online.forward(views.part(i, parts), 2, 0, 1)
		if err != nil {
			return Result{}, err
		}
		for v := range views.each {
			of := func(x []float32) []float32 { return x[v*size : (v+1)*size] }
			value, err := direction(of(p.output), target.said[(1-v)*n*d+i*size:][:size], n/parts, d, of(p.grad))
			if err != nil {
				return Result{}, err
			}
			result.Loss += value / float64(parts)
			copy(target.projected[v*n*d+i*size:], of(p.projected))
		}
		share(p.grad, parts)
		if err := p.backward(); err != nil {
			return Result{}, err
		}
	}
	return result, nil
}

// share makes the gradient of a part's mean that of the batch's.
func share(grad []float32, parts int) {
	for i := range grad {
		grad[i] /= float32(parts)
	}
}
