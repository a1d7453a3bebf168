package methods

import (
	"github.com/jumelle/jumelle/core/ckpt"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/methods/loss"
)

// barlowTwins makes the embeddings of two views correlate in each dimension and in
// no two (Zbontar et al. 2021, "Barlow Twins: Self-Supervised Learning via
// Redundancy Reduction"): no negatives, no target, a wide projection. Each view is
// normalised by its own batch statistics, and residual branches begin at zero, as
// in the authors' program.
type barlowTwins struct {
	online *Network
	weight float64
}

func newBarlowTwins(spec Spec, backend kernel.Backend) (*barlowTwins, error) {
	// Linear + batch norm + ReLU, then a Linear without bias: the loss takes a
	// constant away again.
	config := encoderConfig(spec, unbiased(head("projection", spec.Projection, true, false)))
	config.ZeroResidual = true
	online, err := newNetwork(config, backend, spec.Seed)
	if err != nil {
		return nil, err
	}
	return &barlowTwins{online, *spec.OffDiagonalWeight}, nil
}

func (m *barlowTwins) Views() int       { return 2 }
func (m *barlowTwins) Online() *Network { return m.online }

func (m *barlowTwins) Gradients(views Views) (Result, error) {
	a, err := m.online.forward(0, views.norm, views.view(0))
	if err != nil {
		return Result{}, err
	}
	b, err := m.online.forward(1, views.norm, views.view(1))
	if err != nil {
		return Result{}, err
	}
	n, d := views.N, m.online.dim()
	value, err := loss.BarlowTwins(a.Output(), b.Output(), n, d, loss.BarlowTwinsOptions{OffDiagonalWeight: m.weight}, a.OutputGrad(), b.OutputGrad())
	if err != nil {
		return Result{}, err
	}
	result := Result{Loss: value, Uninformed: float64(d), N: n, D: d} // nothing correlates: a 1 a dimension
	result.Embeddings = append(append(make([]float32, 0, 2*n*d), a.Output()...), b.Output()...)
	if err := m.online.backward(a, true); err != nil {
		return Result{}, err
	}
	return result, m.online.backward(b, false)
}

func (m *barlowTwins) AfterStep(Progress) error { return nil }
func (m *barlowTwins) State() []ckpt.Named      { return nil }
func (m *barlowTwins) Free()                    { m.online.free() }
