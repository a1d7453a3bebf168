package nn

import "github.com/jumelle/jumelle/core/graph"

// mode says how a graph normalises.
type mode int

const (
	trained  mode = iota // by the batch, with derivatives to come
	followed             // by the batch
	learned              // by running statistics
)

// builder writes a network's graph and lists its parameters on the way.
type builder struct {
	*graph.Graph
	mode   mode
	parts  int // of a batch: each is normalised by itself
	params []Param
	stats  []Param // two a norm: running_mean, running_var

	nodes    map[string]*graph.Node // parameters and, when learned, statistics
	norms    []norm
	input    *graph.Node
	features *graph.Node            // pooled
	ends     map[string]*graph.Node // of the heads
	output   *graph.Node
}

// norm is a batch normalisation of the graph: the statistics of the parts of its
// batch and from how many values a channel each comes.
type norm struct {
	by    graph.Statistics
	count int
}

// build writes the graph for a batch in parts, up to output.
func (n *Net) build(batch, parts int, m mode, output Output) *builder {
	b := &builder{Graph: graph.New(), mode: m, parts: parts, nodes: map[string]*graph.Node{}, ends: map[string]*graph.Node{}}
	c := n.config
	block := output.Block
	if block == 0 {
		block = 4
	}
	b.input = b.Input("input", batch, c.Channels, c.Size, c.Size)
	b.features = b.GlobalAvgPool(b.encode(b.input, c, block))
	b.output = b.features
	if m == trained || output.Head != "" {
		b.output = b.heads(b.features, c.Heads, output.Head)
	}
	return b
}

func channels(x *graph.Node) int {
	if x == nil { // after a mistake: Err says which
		return 1
	}
	return x.Shape()[1]
}

// param is an input that is trained. Offsets leave room so that each begins at
// an address that a backend takes.
func (b *builder) param(name string, init initial, shape ...int) *graph.Node {
	node := b.Input(name, shape...)
	b.params = appendParam(b.params, name, init, shape)
	b.nodes[name] = node
	return node
}

func (b *builder) conv(name string, x *graph.Node, out, size, stride, pad int) *graph.Node {
	return b.Conv(x, b.param(name+".weight", convWeight, out, channels(x), size, size), stride, pad)
}

func (b *builder) linear(name string, x *graph.Node, out int, bias bool) *graph.Node {
	in := channels(x)
	w := b.param(name+".weight", linearWeight, out, in)
	if !bias {
		return b.Linear(x, w, nil)
	}
	// A bias is drawn from the range of its weights, which only they know.
	node := b.param(name+".bias", linearBias, out)
	b.params[len(b.params)-1].in = in
	return b.Linear(x, w, node)
}

func (b *builder) norm(name string, x *graph.Node) *graph.Node {
	c := channels(x)
	gamma, beta := b.param(name+".weight", ones, c), b.param(name+".bias", zeros, c)
	b.stats = appendParam(b.stats, name+".running_mean", zeros, []int{c})
	b.stats = appendParam(b.stats, name+".running_var", ones, []int{c})
	if b.mode == learned {
		by := graph.Statistics{Mean: b.Input(name+".running_mean", c), Var: b.Input(name+".running_var", c)}
		b.nodes[name+".running_mean"], b.nodes[name+".running_var"] = by.Mean, by.Var
		return b.BatchNormInference(x, gamma, beta, by, epsilon)
	}
	y, by := b.BatchNorm(x, gamma, beta, epsilon, b.parts)
	if y != nil {
		count := 1
		for i, d := range x.Shape() {
			if i != 1 {
				count *= d
			}
		}
		b.norms = append(b.norms, norm{by, count / b.parts})
	}
	return y
}
