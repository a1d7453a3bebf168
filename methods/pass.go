package methods

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/nn"
)

// pass is a batch on its way through a network: forward, a loss on the embeddings,
// backward.
//
// It goes in slices of equal size, one after the other in the memory of one: all of
// them forward, and when the loss's gradient on all embeddings is known, each
// forward again and backward (GradCache: Gao et al. 2021, "Scaling Deep Contrastive
// Learning Batch Size under Memory Limited Setup"). Loss and gradient are those of
// the whole batch, but a slice is normalised by its own statistics. The slice
// that went last is still in memory and goes backward first, so that a batch of one
// slice goes forward once.
type pass struct {
	network      *Network
	run          *nn.Run
	batch, parts int // that run is compiled for

	norm   *normalisation
	views  []core.Batch // one after the other in a slice
	slices int

	// Rows (V·N, d), view after view.
	output    []float32 // of the last head
	grad      []float32 // the loss's gradient with respect to output, to be filled
	projected []float32 // of the head "projection": output, if that is the last
}

// forward runs a batch of views, those called which, and returns the network's pass.
// Each of so many equal parts of a slice is normalised by its own statistics: 1 takes
// the views together, as many as there are views each view apart. The compiled graph
// is kept until its batch changes.
func (n *Network) forward(views Views, parts int, which ...int) (*pass, error) {
	p := &n.pass
	p.network, p.norm, p.slices, p.views = n, views.norm, views.slices, p.views[:0]
	for _, i := range which {
		p.views = append(p.views, views.each[i])
	}
	if err := p.compile(len(which)*views.N/views.slices, parts); err != nil {
		return nil, err
	}
	for i := range p.slices {
		if err := p.forward(i); err != nil {
			return nil, err
		}
		p.run.AddStats(n.stats)
		n.parts += parts
		p.rows(i, p.output, p.run.Output(), gather)
		if own := p.run.Head("projection"); p.apart() {
			p.rows(i, p.projected, own, gather)
		}
	}
	return p, nil
}

// compile makes the graph for so many pictures in so many parts, and room for the
// rows of all slices.
func (p *pass) compile(batch, parts int) error {
	if p.run == nil || p.batch != batch || p.parts != parts {
		p.free()
		run, err := p.network.Net.Train(p.network.backend, p.network.Params, batch, parts)
		if err != nil {
			return err
		}
		p.run, p.batch, p.parts = run, batch, parts
	}
	p.output = core.Sized(p.output, p.slices*len(p.run.Output()))
	p.grad = core.Sized(p.grad, len(p.output))
	if p.apart() {
		p.projected = core.Sized(p.projected, p.slices*len(p.run.Head("projection")))
	} else {
		p.projected = p.output
	}
	return nil
}

// apart is whether a head comes after the projection.
func (p *pass) apart() bool { return len(p.network.Net.Config().Heads) > 1 }

// forward runs slice i.
func (p *pass) forward(i int) error {
	input := p.run.Input()
	size := len(input) / len(p.views)
	for v, view := range p.views {
		if err := p.norm.fill(input[v*size:(v+1)*size], part(view, i, p.slices)); err != nil {
			return err
		}
	}
	return p.run.Forward()
}

// backward adds the gradients of the parameters, from grad.
func (p *pass) backward() error {
	for i := p.slices - 1; i >= 0; i-- {
		if i < p.slices-1 {
			if err := p.forward(i); err != nil {
				return err
			}
		}
		p.rows(i, p.grad, p.run.OutputGrad(), scatter)
		if err := p.network.accumulate(p.run); err != nil {
			return err
		}
	}
	return nil
}

// rows moves the rows of slice i between all, view after view, and the graph.
func (p *pass) rows(i int, all, graph []float32, move func(all, graph []float32)) {
	size := len(graph) / len(p.views)
	for v := range p.views {
		at := (v*p.slices + i) * size
		move(all[at:at+size], graph[v*size:(v+1)*size])
	}
}

func gather(all, graph []float32)  { copy(all, graph) }
func scatter(all, graph []float32) { copy(graph, all) }

// free returns the memory of the graph.
func (p *pass) free() {
	if p.run != nil {
		p.run.Free()
		p.run = nil
	}
}
