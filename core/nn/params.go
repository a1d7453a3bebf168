package nn

import (
	"math"
	"slices"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/core/rng"
)

// Param is one tensor of a flat slice: its elements are row-major from Offset on.
type Param struct {
	Name   string // torchvision's: "layer1.0.conv1.weight", "bn1.running_mean"
	Shape  []int
	Offset int  // in elements; a multiple of 16, so there are gaps of zeros
	Fixed  bool // an optimizer leaves it as it is

	init initial
	in   int // inputs of the Linear that a bias belongs to
}

// Len is the number of elements.
func (p Param) Len() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Params are the weights of a network, their gradients and the running
// statistics of its norms, flat. Values, Grads and Stats move into the memory of
// a backend with MoveTo, or when the first run is compiled on it, and stay there: take
// them from Params each time instead of keeping slices from before. Many runs may
// share one Params; one network may have many.
type Params struct {
	List   []Param // trained, in torchvision's order
	Values []float32
	Grads  []float32

	StatList []Param // running_mean and running_var
	Stats    []float32

	arena   kernel.Arena
	backend string // whose memory it is
}

// initial says how a parameter begins.
type initial int

const (
	zeros        initial = iota
	ones                 // scales, variances
	convWeight           // normal, variance 2/(K·R·S): torchvision's for resnets
	linearWeight         // uniform within 1/sqrt(inputs): torch's
	linearBias           // the same
)

const stride = kernel.Alignment / 4 // elements

func appendParam(list []Param, name string, init initial, shape []int) []Param {
	return append(list, Param{Name: name, Shape: slices.Clone(shape), Offset: extent(list), init: init})
}

// extent is the length of the flat slice that holds list.
func extent(list []Param) int {
	if len(list) == 0 {
		return 0
	}
	last := list[len(list)-1]
	return (last.Offset + last.Len() + stride - 1) / stride * stride
}

// NewParams returns parameters of the network: zeros, until Init or a file. Memory
// that nothing was written to yet costs nothing, so MoveTo comes before Init.
func (n *Net) NewParams() *Params {
	return &Params{
		List: slices.Clone(n.params), StatList: slices.Clone(n.stats),
		Values: make([]float32, extent(n.params)), Grads: make([]float32, extent(n.params)),
		Stats: make([]float32, extent(n.stats)),
	}
}

// Init draws weights as torchvision does for its resnets, and resets statistics.
// A weight depends on the seed and its number in List alone. (Millions of them take
// a second of a core.)
func (p *Params) Init(seed uint64) {
	for i, q := range p.List {
		q.fill(p.Values[q.Offset:q.Offset+q.Len()], rng.Key{Seed: seed, Operation: rng.Weight, Picture: uint32(i)}.Stream())
	}
	for _, q := range p.StatList {
		q.fill(p.Stats[q.Offset:q.Offset+q.Len()], rng.Stream{})
	}
}

// fill draws the values of x, one after the other from s.
func (p Param) fill(x []float32, s rng.Stream) {
	var draw func(s *rng.Stream) float64
	numbers := 0 // of s for each value
	switch p.init {
	case zeros:
		draw = func(*rng.Stream) float64 { return 0 }
	case ones:
		draw = func(*rng.Stream) float64 { return 1 }
	case convWeight:
		deviation := math.Sqrt(2 / float64(p.Shape[0]*p.Shape[2]*p.Shape[3]))
		draw = func(s *rng.Stream) float64 { return deviation * s.Normal() }
		numbers = 4
	case linearWeight, linearBias:
		in := p.in
		if p.init == linearWeight {
			in = p.Shape[1]
		}
		bound := 1 / math.Sqrt(float64(in))
		draw = func(s *rng.Stream) float64 { return s.Uniform(-bound, bound) }
		numbers = 2
	}
	_ = par.For(len(x), 1<<13, func(lo, hi int) error { // nothing in it fails
		s := s
		s.Skip(numbers * lo)
		for i := lo; i < hi; i++ {
			x[i] = float32(draw(&s))
		}
		return nil
	})
}

// FollowStats moves the running statistics towards the mean of those that AddStats
// summed over some batches: r ← (1-momentum)·r + momentum·sum/batches.
func (p *Params) FollowStats(sum []float64, batches int, momentum float64) {
	for _, q := range p.StatList {
		for i := q.Offset; i < q.Offset+q.Len(); i++ {
			p.Stats[i] = float32((1-momentum)*float64(p.Stats[i]) + momentum*sum[i]/float64(batches))
		}
	}
}

// MoveTo moves everything but the gradients into backend's memory, once; the gradients
// there are zeros.
func (p *Params) MoveTo(backend kernel.Backend) error {
	if p.arena != nil {
		if p.backend != backend.Name() {
			return core.Invalid(opName, "params", "want parameters in the memory of %s, got some in that of %s", backend.Name(), p.backend)
		}
		return nil
	}
	n, s := len(p.Values), len(p.Stats)
	arena, err := backend.NewArena(int64(2*n+s) * 4)
	if err != nil {
		return err
	}
	all := arena.Host(0, 2*n+s)
	if all == nil {
		arena.Free()
		return core.Invalid(opName, "backend", "want one whose memory is the host's, got %s", backend.Name())
	}
	copy(all, p.Values)
	copy(all[2*n:], p.Stats)
	p.Values, p.Grads, p.Stats = all[:n:n], all[n:2*n:2*n], all[2*n:]
	p.arena, p.backend = arena, backend.Name()
	return nil
}

// value, grad and stat are where a parameter lies for a plan.
func (p *Params) value(q Param) kernel.Memory { return p.at(q.Offset) }
func (p *Params) grad(q Param) kernel.Memory  { return p.at(len(p.Values) + q.Offset) }
func (p *Params) stat(q Param) kernel.Memory  { return p.at(2*len(p.Values) + q.Offset) }

func (p *Params) at(element int) kernel.Memory {
	return kernel.Memory{Arena: p.arena, Offset: int64(element) * 4}
}

// Free returns memory of a backend; nothing compiled on these parameters may run
// afterwards. Without it, that memory stays until the process ends.
func (p *Params) Free() {
	if p.arena != nil {
		p.arena.Free()
	}
	*p = Params{}
}
