package methods

import (
	"math"

	"github.com/jumelle/jumelle/core/ckpt"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/methods/loss"
)

// simCLR learns to tell which picture a view came from, among all views of the
// batch (Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual
// Representations"): two views of each picture through one encoder and projection
// head, NT-Xent between the projections. Batch statistics are taken over both
// views together.
type simCLR struct {
	online      *Network
	temperature float64
}

func newSimCLR(spec Spec, backend kernel.Backend) (*simCLR, error) {
	// The paper's head: batch norm after every Linear, ReLU between them.
	online, err := newNetwork(encoderConfig(spec, head("projection", spec.Projection, true, true)), backend, spec.Seed)
	if err != nil {
		return nil, err
	}
	return &simCLR{online: online, temperature: *spec.Temperature}, nil
}

func (m *simCLR) Views() int       { return 2 }
func (m *simCLR) Online() *Network { return m.online }

func (m *simCLR) Gradients(views Views) (Result, error) {
	p, err := m.online.forward(views, 1, 0, 1)
	if err != nil {
		return Result{}, err
	}
	n, d := views.N, m.online.dim()
	z, gz, half := p.output, p.grad, n*d
	value, err := loss.NTXent(z[:half], z[half:], n, d, loss.NTXentOptions{Temperature: m.temperature}, gz[:half], gz[half:])
	if err != nil {
		return Result{}, err
	}
	result := Result{Loss: value, Uninformed: math.Log(float64(2*n - 1)), Embeddings: z, N: n, D: d}
	return result, p.backward()
}

func (m *simCLR) AfterStep(Progress) error { return nil }
func (m *simCLR) State() []ckpt.Named      { return nil }
func (m *simCLR) Networks() []*Network     { return []*Network{m.online} }
