package nn

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/plan"
)

// compiled is what training and inference share: a plan on some parameters.
type compiled struct {
	plan   *plan.Plan
	params *Params
	input  []float32
	output []float32
	norms  []running
	parts  int // of a batch
}

// running is a norm's statistics of the batch and where they are averaged.
type running struct {
	mean, variance      []float32 // of the batch, part after part
	meanPlace, varPlace Param
	unbiased            float64 // n/(n-1)
}

// bind checks that p are this network's and moves them to backend's memory.
func (n *Net) bind(backend kernel.Backend, p *Params) error {
	if len(p.Values) != extent(n.params) || len(p.Stats) != extent(n.stats) {
		return core.Invalid(opName, "params", "want those of this network, got others or some that were freed")
	}
	return p.MoveTo(backend)
}

// compile plans b on p, which are bound. spec may have outputs already.
func (n *Net) compile(backend kernel.Backend, p *Params, b *builder, spec plan.Spec) (*compiled, error) {
	spec.Inputs = []*graph.Node{b.input}
	spec.Outputs = append(spec.Outputs, b.output)
	spec.Bound = map[*graph.Node]kernel.Memory{}
	for _, q := range b.params {
		spec.Bound[b.nodes[q.Name]] = p.value(q)
	}
	if b.mode == learned {
		for _, q := range b.stats {
			spec.Bound[b.nodes[q.Name]] = p.stat(q)
		}
	}
	for _, m := range b.norms {
		if m.count < 2 {
			return nil, core.Errorf(core.EShape, "train", "batch", "want at least 2 pictures: one alone has no variance, got 1")
		}
		spec.Outputs = append(spec.Outputs, m.by.Mean, m.by.Var)
	}
	compiledPlan, err := plan.Compile(backend, spec)
	if err != nil {
		return nil, err
	}
	c := &compiled{plan: compiledPlan, params: p, parts: b.parts}
	c.input, c.output = compiledPlan.Host(b.input), compiledPlan.Host(b.output)
	for i, m := range b.norms {
		c.norms = append(c.norms, running{
			compiledPlan.Host(m.by.Mean), compiledPlan.Host(m.by.Var),
			b.stats[2*i], b.stats[2*i+1], float64(m.count) / float64(m.count-1),
		})
	}
	return c, nil
}

// UpdateStats moves the running statistics towards the last batch's, as torch
// does: r ← (1-momentum)·r + momentum·batch, with the unbiased variance.
func (c *compiled) UpdateStats(momentum float64) {
	sum := make([]float64, len(c.params.Stats))
	c.AddStats(sum)
	c.params.FollowStats(sum, c.parts, momentum)
}

// AddStats adds the statistics of all parts of the last batch, laid out as
// Params.Stats, to sum: for a step that goes through the network in several batches.
func (c *compiled) AddStats(sum []float64) {
	for _, n := range c.norms {
		channels := n.meanPlace.Len()
		for i, v := range n.mean {
			sum[n.meanPlace.Offset+i%channels] += float64(v)
		}
		for i, v := range n.variance {
			sum[n.varPlace.Offset+i%channels] += n.unbiased * float64(v)
		}
	}
}

// Plan is what a network is compiled to: its calls, memory and profiles, for benchmarks.
type Plan = plan.Plan

// Plan is the run's.
func (c *compiled) Plan() *Plan { return c.plan }

// Input is the batch to fill, (batch, channels, size, size).
func (c *compiled) Input() []float32 { return c.input }

// Free returns the run's memory. Its slices must not be used afterwards.
func (c *compiled) Free() { c.plan.Free() }

// Run is a network compiled for training on batches of one size. Not safe for
// concurrent use; runs on the same parameters must take turns.
type Run struct {
	*compiled
	features   []float32
	heads      map[string][]float32
	outputGrad []float32
}

// Train compiles the network for training p on batches of this many pictures, of
// which each of so many equal parts, one after the other, is normalised by itself.
func (n *Net) Train(backend kernel.Backend, p *Params, batch, parts int) (*Run, error) {
	if err := checkBatch("train", batch, parts); err != nil {
		return nil, err
	}
	b := n.build(batch, parts, trained, Output{})
	var upstream *graph.Node
	var grads, wrt []*graph.Node
	if b.Err() == nil {
		upstream = b.Graph.Input("upstream", b.output.Shape()...)
		for _, q := range b.params {
			wrt = append(wrt, b.nodes[q.Name])
		}
		grads = b.Grad(b.Inner(b.output, upstream), wrt...)
	}
	if err := b.Err(); err != nil {
		return nil, err
	}
	if err := n.bind(backend, p); err != nil {
		return nil, err
	}
	spec := plan.Spec{Upstream: []*graph.Node{upstream}, Outputs: []*graph.Node{b.features}, Recompute: n.config.recompute()}
	for _, h := range n.config.Heads {
		if end := b.ends[h.Name]; end != b.output {
			spec.Outputs = append(spec.Outputs, end)
		}
	}
	for i, g := range grads {
		spec.Into = append(spec.Into, plan.Into{Node: g, Memory: p.grad(b.params[i])})
	}
	c, err := n.compile(backend, p, b, spec)
	if err != nil {
		return nil, err
	}
	run := &Run{compiled: c, features: c.plan.Host(b.features), heads: map[string][]float32{}, outputGrad: c.plan.Host(upstream)}
	for name, end := range b.ends {
		run.heads[name] = c.plan.Host(end)
	}
	return run, nil
}

func checkBatch(op string, batch, parts int) error {
	if batch < 1 {
		return core.Errorf(core.EShape, op, "batch", "want at least 1 picture, got %d", batch)
	}
	if parts < 1 || batch%parts != 0 {
		return core.Invalid(op, "parts", "want a number that divides the batch of %d, got %d", batch, parts)
	}
	return nil
}

// Forward computes Features and Output from Input.
func (r *Run) Forward() error { return r.plan.Run(0) }

// Output is the last head's output, (batch, values); the features without heads.
func (r *Run) Output() []float32 { return r.output }

// Features is the encoder's pooled output, (batch, values).
func (r *Run) Features() []float32 { return r.features }

// Head is the output of a head on the way to Output, (batch, values), or nil where
// there is none of that name.
func (r *Run) Head(name string) []float32 { return r.heads[name] }

// OutputGrad is the loss's gradient with respect to Output, to be filled between
// Forward and Backward.
func (r *Run) OutputGrad() []float32 { return r.outputGrad }

// Backward computes the gradients of all parameters into Params.Grads, from the
// last Forward and OutputGrad.
func (r *Run) Backward() error { return r.plan.Run(1) }

// Inference is a network compiled for its output alone. Not safe for concurrent use.
type Inference struct {
	*compiled
	dim int
}

// Infer compiles the network up to output, for batches of this many pictures.
func (n *Net) Infer(backend kernel.Backend, p *Params, batch int, output Output) (*Inference, error) {
	m, parts := learned, 1
	if output.BatchParts != 0 {
		m, parts = followed, output.BatchParts
	}
	if err := checkBatch("encode", batch, parts); err != nil {
		return nil, err
	}
	dim, err := n.Dim(output)
	if err != nil {
		return nil, err
	}
	b := n.build(batch, parts, m, output)
	if err := b.Err(); err != nil {
		return nil, err
	}
	if err := n.bind(backend, p); err != nil {
		return nil, err
	}
	c, err := n.compile(backend, p, b, plan.Spec{})
	if err != nil {
		return nil, err
	}
	return &Inference{c, dim}, nil
}

// Run computes Output from Input.
func (i *Inference) Run() error { return i.plan.Run(0) }

// Output is (batch, Dim()).
func (i *Inference) Output() []float32 { return i.output }

// Dim is the number of values a picture has in Output.
func (i *Inference) Dim() int { return i.dim }
