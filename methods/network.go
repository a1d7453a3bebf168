package methods

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/nn"
)

// Network is an nn.Net with parameters, compiled for the batch size that comes.
type Network struct {
	Net     *nn.Net
	Params  *nn.Params
	backend kernel.Backend

	run      *nn.Run
	runBatch int
	inf      *nn.Inference
	infKey   inferenceKey
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
	params.Init(seed)
	return &Network{Net: net, Params: params, backend: backend}, nil
}

// forward runs the training graph on pictures and returns it, for its output and
// for the backward pass. The compiled graph is kept until the batch size changes.
func (n *Network) forward(norm *normalisation, pictures core.Batch) (*nn.Run, error) {
	if n.run == nil || n.runBatch != pictures.N {
		if n.run != nil {
			n.run.Free()
			n.run = nil
		}
		run, err := n.Net.Train(n.backend, n.Params, pictures.N)
		if err != nil {
			return nil, err
		}
		n.run, n.runBatch = run, pictures.N
	}
	if err := norm.fill(n.run.Input(), pictures); err != nil {
		return nil, err
	}
	return n.run, n.run.Forward()
}

// infer runs pictures through the network with the learned statistics, batch of
// them at a time, and writes (N, dim) values. The last batch is filled up, so
// that every picture goes through the same kernels.
func (n *Network) infer(norm *normalisation, pictures core.Batch, output nn.Output, batch int, out []float32) error {
	key := inferenceKey{batch, output}
	if n.inf == nil || n.infKey != key {
		if n.inf != nil {
			n.inf.Free()
			n.inf = nil
		}
		inf, err := n.Net.Infer(n.backend, n.Params, batch, output)
		if err != nil {
			return err
		}
		n.inf, n.infKey = inf, key
	}
	dim, size := n.inf.Dim(), pictures.H*pictures.W*pictures.C
	for lo := 0; lo < pictures.N; lo += batch {
		part := pictures
		part.N = min(batch, pictures.N-lo)
		part.Data = pictures.Data[lo*size : (lo+part.N)*size]
		if err := norm.fill(n.inf.Input(), part); err != nil {
			return err
		}
		if err := n.inf.Run(); err != nil {
			return err
		}
		copy(out[lo*dim:(lo+part.N)*dim], n.inf.Output())
	}
	return nil
}

// free returns the memory of the network, its parameters' too.
func (n *Network) free() {
	if n.run != nil {
		n.run.Free()
		n.run = nil
	}
	if n.inf != nil {
		n.inf.Free()
		n.inf = nil
	}
	n.Params.Free()
}
