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
	return &barlowTwins{online: online, weight: *spec.OffDiagonalWeight}, nil
}

func (m *barlowTwins) Views() int       { return 2 }
func (m *barlowTwins) Online() *Network { return m.online }

func (m *barlowTwins) Gradients(views Views) (Result, error) {
	p, err := m.online.forward(views, 2, 0, 1)
	if err != nil {
		return Result{}, err
	}
	n, d := views.N, m.online.dim()
	z, gz, half := p.output, p.grad, n*d
	value, err := loss.BarlowTwins(z[:half], z[half:], n, d, loss.BarlowTwinsOptions{OffDiagonalWeight: m.weight}, gz[:half], gz[half:])
	if err != nil {
		return Result{}, err
	}
	result := Result{Loss: value, Uninformed: float64(d), Embeddings: z, N: n, D: d} // nothing correlates: a 1 a dimension
	return result, p.backward()
}

func (m *barlowTwins) AfterStep(Progress) error { return nil }
func (m *barlowTwins) State() []ckpt.Named      { return nil }
func (m *barlowTwins) Networks() []*Network     { return []*Network{m.online} }
