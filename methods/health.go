package methods

import (
	"github.com/jumelle/jumelle/methods/evaluate"
)

// healthPictures bounds the cost of a step's statistics: the effective rank needs
// the eigenvalues of a matrix as large as the smaller of rows and dimensions: 6 ms
// for 256, and eight times that for 512.
const healthPictures = 128

// health computes the statistics of a step, in memory that it keeps.
type health struct {
	monitor evaluate.Monitor
	sample  []float32
}

// fill writes the statistics of the embeddings into s.
func (h *health) fill(s *Stats, r Result) error {
	views := len(r.Embeddings) / (r.N * r.D)
	some := min(r.N, healthPictures)
	sample := h.sample[:0]
	for v := range views {
		sample = append(sample, r.Embeddings[v*r.N*r.D:][:some*r.D]...)
	}
	h.sample = sample
	rows, of := views*r.N, r.Embeddings
	if min(rows, r.D) > 2*healthPictures {
		rows, of = views*some, sample
	}
	var err error
	if s.FeatureStd, s.EffectiveRank, err = h.monitor.Health(of, rows, r.D); err != nil {
		return err
	}
	if s.Uniformity, err = h.monitor.Uniformity(sample, views*some, r.D); err != nil || views < 2 {
		return err
	}
	s.Alignment, err = h.monitor.Alignment(sample[:some*r.D], sample[some*r.D:2*some*r.D], some, r.D)
	return err
}
