package methods

import (
	"math"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/ckpt"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/rng"
	"github.com/jumelle/jumelle/methods/loss"
)

// moco tells the key of a query's picture from a queue of other pictures' keys (He
// et al. 2020, "Momentum Contrast for Unsupervised Visual Representation Learning";
// Chen et al. 2020, version 2: another head, temperature, schedule and views). The
// first view goes through the online network, the second through a slow copy of it.
//
// The paper's step moves the copy before it makes keys, with the parameters that
// the last step left; here that is the end of the last step. The first step's
// average of equal parameters is left out.
//
// Batch norm would tell which keys came with a query, so the papers normalise on
// each of 8 devices apart and make keys in another order. Here parts of a batch are
// normalised apart.
type moco struct {
	online      *Network
	target      *target
	queue       *queue
	temperature float64
	splits      int
	seed        uint64

	// Of this step: keys in the pictures' order and in that in which they are made,
	// with the pictures in that order, and the queries with the keys behind them.
	keys, made []float32
	lengths    []float64 // of the keys, before they are 1
	order      []int64
	shuffled   []byte
	embeddings []float32
}

func newMoCo(spec Spec, backend kernel.Backend) (*moco, error) {
	// Linear, ReLU, Linear; version 1: a Linear.
	projection := head("projection", spec.Projection, false, false)
	online, err := newNetwork(encoderConfig(spec, projection), backend, spec.Seed)
	if err != nil {
		return nil, err
	}
	target, err := newTarget(spec, projection, backend)
	if err != nil {
		return nil, err
	}
	queue, err := newQueue(*spec.Queue, online.dim(), spec.Seed)
	if err != nil {
		return nil, err
	}
	return &moco{online: online, target: target, queue: queue, temperature: *spec.Temperature, splits: *spec.NormSplits, seed: spec.Seed}, nil
}

func (m *moco) Views() int       { return 2 }
func (m *moco) Online() *Network { return m.online }

func (m *moco) Gradients(views Views) (Result, error) {
	n, d := views.N, m.online.dim()
	if n > m.queue.size {
		return Result{}, core.Errorf(core.EShape, "trainer_step", "images", "want at most as many pictures as the queue has keys, %d, got %d", m.queue.size, n)
	}
	parts := partsOf(n, m.splits)
	if err := m.makeKeys(views, parts); err != nil {
		return Result{}, err
	}
	p, err := m.online.forward(views, parts, 0)
	if err != nil {
		return Result{}, err
	}
	value, err := loss.InfoNCEQueue(p.output, m.keys, m.queue.keys, n, m.queue.size, d, loss.InfoNCEOptions{Temperature: m.temperature}, p.grad)
	if err != nil {
		return Result{}, err
	}
	m.embeddings = append(append(m.embeddings[:0], p.output...), m.keys...)
	result := Result{Loss: value, Uninformed: math.Log(float64(m.queue.size + 1)), Embeddings: m.embeddings, N: n, D: d}
	return result, p.backward()
}

// makeKeys runs the second views through the target in random order, in parts, and
// puts the keys, rows of length 1, back in the pictures' order.
func (m *moco) makeKeys(views Views, parts int) error {
	n, d := views.N, m.online.dim()
	m.order, m.lengths = core.Sized(m.order, n), core.Sized(m.lengths, n)
	stream := rng.Key{Seed: m.seed, Epoch: uint32(views.Step + 1), Operation: rng.Keys}.Stream()
	stream.Permutation(m.order)
	pictures := views.each[1]
	m.shuffled = core.Sized(m.shuffled, len(pictures.Data))
	shuffled := pictures
	shuffled.Data = m.shuffled
	for i, from := range m.order {
		copy(shuffled.Picture(i), pictures.Picture(int(from)))
	}
	m.target.begin()
	m.keys, m.made = core.Sized(m.keys, n*d), core.Sized(m.made, n*d)
	if err := m.target.follow(views.norm, shuffled, 1, parts, "projection", m.made); err != nil {
		return err
	}
	for i, to := range m.order {
		copy(m.keys[int(to)*d:][:d], m.made[i*d:])
	}
	return loss.Normalize("info_nce_queue", "k", m.keys, n, d, m.keys, m.lengths)
}

// partsOf is the largest number up to most that cuts n pictures into equal parts of
// at least two.
func partsOf(n, most int) int {
	for p := min(most, n/2); p > 1; p-- {
		if n%p == 0 {
			return p
		}
	}
	return 1
}

func (m *moco) AfterStep(Progress) error {
	m.queue.push(m.keys)
	return m.target.pursue(m.online, m.target.momentum)
}

func (m *moco) State() []ckpt.Named {
	return append(networkArrays("target.", m.target.Network), m.queue.state()...)
}

func (m *moco) check() error { return m.queue.check() }

func (m *moco) Networks() []*Network { return []*Network{m.online, m.target.Network} }
