package methods

import (
	"math"

	"github.com/jumelle/jumelle/core/ckpt"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/methods/loss"
)

// mocoV3 is MoCo without a queue (Chen, Xie & He 2021, "An Empirical Study of
// Training Self-Supervised Vision Transformers"): the other pictures of the batch
// are the negatives, both views are queries and keys, and queries go through a
// prediction head. The loss is that of both directions times 2·temperature. The
// copy's momentum rises to 1 along a cosine.
//
// As in moco, the end of a step moves the copy for the next one's keys.
type mocoV3 struct {
	online      *Network
	target      *target
	temperature float64
}

func newMoCoV3(spec Spec, backend kernel.Backend) (*mocoV3, error) {
	// Linear + batch norm + ReLU, then a Linear: in the projection with a batch norm
	// without scale and shift, in the prediction without any.
	projection := head("projection", spec.Projection, true, true)
	projection.Layers[len(projection.Layers)-1].Fixed = true
	online, err := newNetwork(encoderConfig(spec, withPrediction(projection, spec)...), backend, spec.Seed)
	if err != nil {
		return nil, err
	}
	target, err := newTarget(spec, projection, backend)
	if err != nil {
		return nil, err
	}
	return &mocoV3{online, target, *spec.Temperature}, nil
}

func (m *mocoV3) Views() int       { return 2 }
func (m *mocoV3) Online() *Network { return m.online }

func (m *mocoV3) Gradients(views Views) (Result, error) {
	scale := 2 * m.temperature
	result, err := symmetric(m.online, m.target, views, 1, func(q, k []float32, n, d int, gq []float32) (float64, error) {
		value, err := loss.InfoNCE(q, k, n, d, loss.InfoNCEOptions{Temperature: m.temperature}, gq, nil)
		for i := range gq {
			gq[i] *= float32(scale)
		}
		return scale * value, err
	})
	result.Uninformed = 2 * scale * math.Log(float64(views.N))
	return result, err
}

func (m *mocoV3) AfterStep(at Progress) error {
	return m.target.pursue(m.online, m.target.rising(at.Step+1, at.Total))
}

func (m *mocoV3) State() []ckpt.Named { return networkArrays("target.", m.target.Network) }

func (m *mocoV3) Networks() []*Network { return []*Network{m.online, m.target.Network} }
