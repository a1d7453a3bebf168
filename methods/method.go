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
	// AfterStep is called when the optimizer has stepped.
	AfterStep() error
	// State is what a checkpoint must hold beside the online network. Values are
	// the method's own memory: loading writes into them.
	State() []ckpt.Named
	// Free returns the memory of what was compiled.
	Free()
}

// Result is what a method's forward pass says.
type Result struct {
	Loss float64
	// Embeddings (N, D) that the health statistics are taken of.
	Embeddings []float32
	N, D       int
}

// newMethod makes the method that the spec names.
func newMethod(spec Spec, backend kernel.Backend) (Method, error) {
	switch spec.Method {
	default: // Spec.check admits known names only
		return newSimCLR(spec, backend)
	}
}

// encoderConfig is the network of a spec with heads on it.
func encoderConfig(spec Spec, heads ...nn.Head) nn.Config {
	return nn.Config{
		Encoder: spec.Encoder, Width: spec.Width, Stem: spec.Stem,
		Size: spec.Size, Channels: spec.Channels, Heads: heads,
	}
}
