package methods

import (
	"github.com/jumelle/jumelle/core/ckpt"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/methods/loss"
)

// byol predicts from one view what a slow copy of the network says of the other
// (Grill et al. 2020, "Bootstrap Your Own Latent"): no negatives. Encoder,
// projection and prediction are trained; the target, encoder and projection, is
// their moving average, taken after the optimizer's step, whose momentum rises to
// 1 along a cosine. The loss is the sum of both directions, 0 to 8.
//
// Each view is normalised by its own batch statistics, as in the authors' program.
// Theirs starts the target from weights of its own; ours, as most do, from the
// online network's.
type byol struct {
	online *Network
	target *target
}

func newBYOL(spec Spec, backend kernel.Backend) (*byol, error) {
	// Linear + batch norm + ReLU, then a Linear without bias, twice.
	projection := unbiased(head("projection", spec.Projection, true, false))
	online, err := newNetwork(encoderConfig(spec, withPrediction(projection, spec)...), backend, spec.Seed)
	if err != nil {
		return nil, err
	}
	target, err := newTarget(spec, projection, backend)
	if err != nil {
		return nil, err
	}
	return &byol{online, target}, nil
}

func (m *byol) Views() int       { return 2 }
func (m *byol) Online() *Network { return m.online }

func (m *byol) Gradients(views Views) (Result, error) {
	result, err := symmetric(m.online, m.target, views, views.slices, loss.BYOL)
	result.Uninformed = 4 // orthogonal in both directions
	return result, err
}

func (m *byol) AfterStep(at Progress) error {
	return m.target.pursue(m.online, m.target.rising(at.Step, at.Total))
}

func (m *byol) State() []ckpt.Named { return networkArrays("target.", m.target.Network) }

func (m *byol) Networks() []*Network { return []*Network{m.online, m.target.Network} }
