// Package plan turns a graph into lists of kernel calls: it reads the graph once,
// fuses, chooses layouts, shares memory by liveness in one arena and hands each
// pass to the backend as one program. It owns the arena of intermediate values;
// parameters stay where the caller keeps them. It knows nothing of networks.
//
// A plan has up to two passes with the host between them: what needs nothing but
// Inputs, and what needs Upstream too (the backward pass: the loss is computed on
// the host in between).
package plan

import (
	"time"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/graph"
	"github.com/jumelle/jumelle/core/kernel"
)

// Into says where a computed value goes besides the arena: row-major, to memory
// of the same backend.
type Into struct {
	Node   *graph.Node
	Memory kernel.Memory
}

// Spec says what a plan computes and where its ends lie.
type Spec struct {
	Inputs   []*graph.Node // set on the host before the first pass
	Upstream []*graph.Node // set on the host before the second pass; none: one pass
	Outputs  []*graph.Node // read on the host afterwards
	// Bound inputs lie elsewhere, row-major: parameters. A plan only reads them.
	Bound map[*graph.Node]kernel.Memory
	Into  []Into
	// Recompute saves memory for time: see the function of that name.
	Recompute bool

	noReuse bool // tests: every value has memory of its own
}

// Call describes one kernel call of a plan, for profiles.
type Call struct {
	Pass    int
	Name    string  // of the operation: "conv_forward"
	Node    string  // of the graph's node it comes from, or what a reorder moves
	Layouts string  // of its operands
	Flops   float64 // multiplications and additions of one run
	Bytes   int64   // of its operands together
}

// Plan is a compiled graph. It is not safe for concurrent use.
type Plan struct {
	backend kernel.Backend
	arena   kernel.Arena
	passes  [2][]segment
	places  map[*graph.Node]*value
	calls   []Call
	floor   int64
	count   [2]int64 // of runs of a pass
	spent   [2]time.Duration
}

// segment is what runs at once: a program of the backend or an operation that
// only gorgonia knows.
type segment struct {
	program kernel.Program
	foreign *foreign
	calls   int // of the program
}

// Compile makes the plan of spec.
func Compile(backend kernel.Backend, spec Spec) (*Plan, error) {
	r, err := read(spec)
	if err != nil {
		return nil, err
	}
	fuse(r)
	if spec.Recompute {
		recompute(r)
	}
	c, err := choose(backend, r)
	if err != nil {
		return nil, err
	}
	steps := c.steps
	size, floor := place(steps, c.given, spec.noReuse)
	p := &Plan{backend: backend, places: r.values, floor: floor}
	if p.arena, err = backend.NewArena(max(size, kernel.Alignment)); err != nil {
		return nil, err
	}
	if err := p.emit(steps); err != nil {
		p.Free()
		return nil, err
	}
	return p, nil
}

// emit makes the programs: one a pass, unless a foreign operation divides it.
func (p *Plan) emit(steps []*step) error {
	var calls []kernel.Call
	flush := func(pass int) error {
		if len(calls) == 0 {
			return nil
		}
		program, err := p.backend.NewProgram(calls)
		if err != nil {
			return err
		}
		p.passes[pass] = append(p.passes[pass], segment{program: program, calls: len(calls)})
		calls = nil
		return nil
	}
	for i, s := range steps {
		if i > 0 && s.pass != steps[i-1].pass {
			if err := flush(steps[i-1].pass); err != nil {
				return err
			}
		}
		if s.foreign != nil {
			if err := flush(s.pass); err != nil {
				return err
			}
			s.foreign.bind(p.arena, s)
			p.passes[s.pass] = append(p.passes[s.pass], segment{foreign: s.foreign})
			continue
		}
		c := kernel.Call{Primitive: s.primitive}
		for _, t := range s.args {
			c.Args = append(c.Args, t.memory(p.arena))
		}
		if s.scratch != nil {
			c.Scratch = s.scratch.memory(p.arena)
		}
		calls = append(calls, c)
		p.calls = append(p.calls, s.describe(p.backend))
	}
	if len(steps) == 0 {
		return nil
	}
	return flush(steps[len(steps)-1].pass)
}

// Run runs a pass, 0 or 1. It allocates nothing and, without foreign operations,
// calls the backend once.
func (p *Plan) Run(pass int) error {
	start := time.Now()
	defer func() {
		p.count[pass]++
		p.spent[pass] += time.Since(start)
	}()
	for i := range p.passes[pass] {
		s := &p.passes[pass][i]
		if s.program == nil {
			if err := s.foreign.run(); err != nil {
				return err
			}
			continue
		}
		if err := s.program.Run(); err != nil {
			return err
		}
	}
	return nil
}

// Runs says how often a pass ran since the last call, and how long that took.
func (p *Plan) Runs(pass int) (count int64, spent time.Duration) {
	count, spent = p.count[pass], p.spent[pass]
	p.count[pass], p.spent[pass] = 0, 0
	return count, spent
}

// Profile runs a pass and returns the seconds of each of its calls, in the order
// of Calls. Foreign operations run but are not timed.
func (p *Plan) Profile(pass int) ([]float64, error) {
	var seconds []float64
	for _, s := range p.passes[pass] {
		if s.program == nil {
			if err := s.foreign.run(); err != nil {
				return nil, err
			}
			continue
		}
		part, err := s.program.Profile()
		if err != nil {
			return nil, err
		}
		seconds = append(seconds, part...)
	}
	return seconds, nil
}

// Calls lists the kernel calls, pass after pass.
func (p *Plan) Calls() []Call { return p.calls }

// Bytes is the size of the arena.
func (p *Plan) Bytes() int64 { return p.arena.Bytes() }

// Floor is the largest sum of bytes alive at one time: no arena is smaller.
func (p *Plan) Floor() int64 { return p.floor }

// Host is the memory of an input or output, row-major, as the host sees it. It is
// nil on a backend whose memory is not the host's; use Set and Get there.
func (p *Plan) Host(n *graph.Node) []float32 {
	t := p.plain(n)
	if t == nil {
		return nil
	}
	m := t.memory(p.arena)
	return m.Arena.Host(m.Offset, t.elements())
}

// Set copies values to an input.
func (p *Plan) Set(n *graph.Node, values []float32) error {
	t := p.plain(n)
	if t == nil || len(values) != t.elements() {
		return core.Invalid("plan", "set", "want the elements of an input of the plan, got %d", len(values))
	}
	m := t.memory(p.arena)
	m.Arena.CopyIn(m.Offset, values)
	return nil
}

// Get copies an output to values.
func (p *Plan) Get(n *graph.Node, values []float32) error {
	t := p.plain(n)
	if t == nil || len(values) != t.elements() {
		return core.Invalid("plan", "get", "want room for the elements of an output of the plan, got %d", len(values))
	}
	m := t.memory(p.arena)
	m.Arena.CopyOut(values, m.Offset)
	return nil
}

func (p *Plan) plain(n *graph.Node) *form {
	if v := p.places[n]; v != nil && v.host != nil && (v.given || v.kept || v.host.outside != nil) {
		return v.host
	}
	return nil
}

// Free returns the arena and the programs. The plan must not be used afterwards.
func (p *Plan) Free() {
	for _, pass := range p.passes {
		for _, s := range pass {
			if s.program != nil {
				s.program.Free()
			}
		}
	}
	p.passes = [2][]segment{}
	if p.arena != nil {
		p.arena.Free()
		p.arena = nil
	}
}
