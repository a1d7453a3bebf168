// Package methods owns learning: what a method is, and the step that turns views
// of pictures into better networks. Views are plain arrays here; methods/train
// joins this package to augment for callers that have pictures only.
package methods

import (
	"github.com/jumelle/jumelle/core/ckpt"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/nn"
)

// Method is what differs between methods: which networks, how many views, the
// loss, and what happens after the optimizer's step. Views, batches, schedule,
// optimizer, statistics and checkpoints are the Trainer's.
type Method interface {
	// Views is the number of views of each picture that a step wants.
	Views() int
	// Online is the network that the optimizer trains.
	Online() *Network
	// Gradients runs the networks on a batch and leaves the loss's gradients in
	// the online network's parameters. Nothing that training keeps changes.
	Gradients(views Views) (Result, error)
	// AfterStep is called when the optimizer has stepped: now that the step is
	// valid, targets, statistics of their own and queues move on.
	AfterStep(at Progress) error
	// State is what a checkpoint must hold beside the online network. Values are
	// the method's own memory: loading writes into them.
	State() []ckpt.Named
	// Networks are all that the method runs, the online one first.
	Networks() []*Network
}

// Progress is where a run is: Step counts from 0, Total is 0 where the size of the
// data set is not known.
type Progress struct{ Step, Total int64 }

// Result is what a method's forward pass says.
type Result struct {
	Loss float64
	// Uninformed is the loss of embeddings that say nothing about their pictures.
	Uninformed float64
	// Embeddings (Views·N, D), one view after the other: what the statistics of
	// health are taken of.
	Embeddings []float32
	N, D       int
}

// newMethod makes the method that the spec names.
func newMethod(spec Spec, backend kernel.Backend) (Method, error) {
	switch spec.Method {
	case "byol":
		return newBYOL(spec, backend)
	case "barlow_twins":
		return newBarlowTwins(spec, backend)
	case "moco":
		if spec.Version == 3 {
			return newMoCoV3(spec, backend)
		}
		return newMoCo(spec, backend)
	default: // Spec.check admits known names only
		return newSimCLR(spec, backend)
	}
}

// encoderConfig is the network of a spec with heads on it.
func encoderConfig(spec Spec, heads ...nn.Head) nn.Config {
	return nn.Config{
		Encoder: spec.Encoder, Own: spec.Own, Width: spec.Width, Stem: spec.Stem,
		Size: spec.Size, Channels: spec.Channels, Heads: heads,
	}
}
