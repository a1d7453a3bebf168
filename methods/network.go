package methods

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/nn"
	"github.com/jumelle/jumelle/core/par"
)

// Network is an nn.Net with parameters, compiled for the batch size that comes.
//
// A step may go through it in several batches: begin, then a pass for each, then
// commit.
type Network struct {
	Net     *nn.Net
	Params  *nn.Params
	backend kernel.Backend

	pass pass
	inf  *nn.Inference
	key  inferenceKey

	stats    []float64 // of the step's batches, the sum of those of all parts
	parts    int       // in the sum
	gradient bool      // Params.Grads has those of a batch of this step
	earlier  []float32 // gradients of the step's batches so far
}

type inferenceKey struct {
	batch  int
	output nn.Output
}

func newNetwork(config nn.Config, backend kernel.Backend, seed uint64) (*Network, error) {
	net, err := nn.New(config)
	if err != nil {
		return nil, err
	}
	params := net.NewParams()
	if err := params.MoveTo(backend); err != nil {
		return nil, err
	}
	params.Init(seed)
	return &Network{Net: net, Params: params, backend: backend, stats: make([]float64, len(params.Stats))}, nil
}

// begin forgets what batches left behind whose step was not taken.
func (n *Network) begin() {
	clear(n.stats)
	n.parts, n.gradient = 0, false
}

// commit moves the running statistics towards the mean of those of the parts of the
// step's batches, all of one size.
func (n *Network) commit() {
	if n.parts > 0 {
		n.Params.FollowStats(n.stats, n.parts, statsMomentum)
	}
	n.begin()
}

// statsMomentum is the weight of a step in the running statistics, torch's default.
const statsMomentum = 0.1

// accumulate computes the gradients of the batch in run, from its OutputGrad, and adds
// them to those of the step's earlier batches.
func (n *Network) accumulate(run *nn.Run) error {
	if !n.gradient {
		n.gradient = true
		return run.Backward()
	}
	n.earlier = append(n.earlier[:0], n.Params.Grads...)
	if err := run.Backward(); err != nil {
		return err
	}
	grads, earlier := n.Params.Grads, n.earlier
	return par.For(len(grads), 1<<15, func(lo, hi int) error {
		for i, g := range earlier[lo:hi] {
			grads[lo+i] += g
		}
		return nil
	})
}

// follow runs pictures forward only, in slices one after the other, and writes the
// (N, d) values of a head: a target network's pass. Each of so many equal parts of a
// slice is normalised by its own statistics.
func (n *Network) follow(norm *normalisation, pictures core.Batch, slices, parts int, head string, out []float32) error {
	batch := pictures.N / slices
	inf, err := n.compiled(inferenceKey{batch, nn.Output{Head: head, BatchParts: parts}})
	if err != nil {
		return err
	}
	for i := range slices {
		if err := norm.fill(inf.Input(), part(pictures, i, slices)); err != nil {
			return err
		}
		if err := inf.Run(); err != nil {
			return err
		}
		inf.AddStats(n.stats)
		n.parts += parts
		copy(out[i*batch*inf.Dim():], inf.Output())
	}
	return nil
}

// infer runs pictures through the network with the learned statistics, batch of
// them at a time, and writes (N, dim) values. The last batch is filled up, so
// that every picture goes through the same kernels.
func (n *Network) infer(norm *normalisation, pictures core.Batch, output nn.Output, batch int, out []float32) error {
	inf, err := n.compiled(inferenceKey{batch, output})
	if err != nil {
		return err
	}
	dim, size := inf.Dim(), pictures.H*pictures.W*pictures.C
	for lo := 0; lo < pictures.N; lo += batch {
		some := pictures
		some.N = min(batch, pictures.N-lo)
		some.Data = pictures.Data[lo*size : (lo+some.N)*size]
		if err := norm.fill(inf.Input(), some); err != nil {
			return err
		}
		if err := inf.Run(); err != nil {
			return err
		}
		copy(out[lo*dim:(lo+some.N)*dim], inf.Output())
	}
	return nil
}

// compiled is the network compiled for inference; one form of it is kept.
func (n *Network) compiled(key inferenceKey) (*nn.Inference, error) {
	if n.inf != nil && n.key == key {
		return n.inf, nil
	}
	if n.inf != nil {
		n.inf.Free()
		n.inf = nil
	}
	inf, err := n.Net.Infer(n.backend, n.Params, key.batch, key.output)
	if err == nil {
		n.inf, n.key = inf, key
	}
	return inf, err
}

// free returns the memory of the network, its parameters' too.
func (n *Network) free() {
	n.pass.free()
	if n.inf != nil {
		n.inf.Free()
		n.inf = nil
	}
	n.Params.Free()
}

// dim is the number of values of the last head's output.
func (n *Network) dim() int {
	heads := n.Net.Config().Heads
	layers := heads[len(heads)-1].Layers
	return layers[len(layers)-1].Out
}
