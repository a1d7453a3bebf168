package methods

import (
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/nn"
)

// Profile says where the time and the memory of a step go. All times are seconds of
// one step, all else is as it says.
type Profile struct {
	Kernels string `json:"kernels"` // "onednn 2.6.0"
	ISA     string `json:"isa"`
	Threads int    `json:"threads"`
	// PeakFlops is the largest rate of a matrix product of the same kernels, in
	// multiplications and additions a second.
	PeakFlops float64 `json:"peak_flops"`

	Steps int64 `json:"steps"` // since the last profile: what Step is the mean of
	Step  Spent `json:"step"`
	// Handing is what running the kernels in programs takes more than the kernels one
	// by one; it may come out below 0 by chance.
	Handing float64 `json:"handing"`

	// Allocations and AllocatedBytes are what the process allocated on the Go heap in a
	// step, Profile's own share left out.
	Allocations    float64 `json:"allocations"`
	AllocatedBytes float64 `json:"allocated_bytes"`

	ArenaBytes     int64         `json:"arena_bytes"`     // of intermediate values
	ParameterBytes int64         `json:"parameter_bytes"` // with gradients and statistics
	Calls          []ProfileCall `json:"calls"`
}

// Spent is the parts of a step.
type Spent struct {
	Views      float64 `json:"views"`      // making them; 0 where the caller does
	Networks   float64 `json:"networks"`   // forward and backward
	Loss       float64 `json:"loss"`       // with its gradient, and filling the networks' inputs
	Statistics float64 `json:"statistics"` // of health
	Update     float64 `json:"update"`     // optimizer, target, queue
}

// ProfileCall is a kernel call.
type ProfileCall struct {
	Network string  `json:"network"` // "online" or "target"
	Pass    string  `json:"pass"`    // "forward" or "backward"
	Name    string  `json:"name"`    // of the operation
	Node    string  `json:"node"`    // what it computes
	Layouts string  `json:"layouts"` // of its operands
	Runs    float64 `json:"runs"`    // in a step
	Seconds float64 `json:"seconds"` // of all of them
	Flops   float64 `json:"flops"`   // of all of them
}

// spent is what steps add up, and the heap's counters at their start.
type spent struct {
	steps                         int64
	gradients, statistics, update time.Duration
	objects, bytes                uint64
}

// clock divides a step into laps.
type clock struct{ last time.Time }

func startClock() clock { return clock{time.Now()} }

func (c *clock) lap(into *time.Duration) {
	now := time.Now()
	*into += now.Sub(c.last)
	c.last = now
}

const profileRounds = 3

// Profile measures: it runs the networks a few times on what is in their memory,
// call by call, and reports that and the times of the steps since the last profile.
// It needs a step before, and changes nothing that training keeps.
func (t *Trainer) Profile() (Profile, error) {
	backend := t.method.Online().backend
	p := Profile{
		Kernels: backend.Name(), ISA: backend.ISA(), Threads: backend.Threads(),
		Steps: t.spent.steps, Calls: []ProfileCall{},
	}
	steps := math.Max(1, float64(t.spent.steps))
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	p.Allocations = float64(heap.Mallocs-t.spent.objects) / steps
	p.AllocatedBytes = float64(heap.TotalAlloc-t.spent.bytes) / steps
	var networks time.Duration
	for i, n := range t.method.Networks() {
		name := "online"
		if i > 0 {
			name = "target"
		}
		p.ParameterBytes += 4 * int64(2*len(n.Params.Values)+len(n.Params.Stats))
		for _, compiled := range n.plans() {
			p.ArenaBytes += compiled.Bytes()
			var runs [2]float64 // in a step
			for pass := range runs {
				count, spent := compiled.Runs(pass)
				runs[pass] = float64(count) / steps
				networks += spent
			}
			if runs[0] == 0 {
				continue
			}
			if err := p.add(name, compiled, runs); err != nil {
				return Profile{}, err
			}
		}
	}
	p.Step = Spent{
		Networks:   networks.Seconds() / steps,
		Loss:       (t.spent.gradients - networks).Seconds() / steps,
		Statistics: t.spent.statistics.Seconds() / steps,
		Update:     t.spent.update.Seconds() / steps,
	}
	var err error
	p.PeakFlops, err = peak(backend)
	runtime.ReadMemStats(&heap)
	t.spent = spent{objects: heap.Mallocs, bytes: heap.TotalAlloc}
	return p, err
}

// plans are those of the network's compiled forms.
func (n *Network) plans() []*nn.Plan {
	var list []*nn.Plan
	if n.pass.run != nil {
		list = append(list, n.pass.run.Plan())
	}
	if n.inf != nil {
		list = append(list, n.inf.Plan())
	}
	return list
}

// add measures a plan whose passes run so often in a step.
func (p *Profile) add(network string, compiled *nn.Plan, runs [2]float64) error {
	var whole [2][]float64
	var single [][]float64 // by call
	for range profileRounds {
		for pass := range whole {
			if err := compiled.Run(pass); err != nil {
				return err
			}
			_, spent := compiled.Runs(pass)
			whole[pass] = append(whole[pass], spent.Seconds())
		}
		var all []float64
		for pass := range whole {
			seconds, err := compiled.Profile(pass)
			if err != nil {
				return err
			}
			all = append(all, seconds...)
		}
		single = append(single, all)
	}
	for pass := range whole {
		p.Handing += runs[pass] * median(whole[pass])
	}
	for i, c := range compiled.Calls() {
		var seconds []float64
		for _, round := range single {
			seconds = append(seconds, round[i])
		}
		times := runs[c.Pass]
		call := ProfileCall{
			Network: network, Pass: []string{"forward", "backward"}[c.Pass],
			Name: c.Name, Node: c.Node, Layouts: c.Layouts,
			Runs: times, Seconds: times * median(seconds), Flops: times * c.Flops,
		}
		p.Handing -= call.Seconds
		p.Calls = append(p.Calls, call)
	}
	return nil
}

func median(x []float64) float64 { return slices.Sorted(slices.Values(x))[len(x)/2] }

// peak measures products of ever larger square matrices, as long as they are quick.
func peak(backend kernel.Backend) (float64, error) {
	const largest, enough = 2048, 0.05 // seconds
	best := 0.0
	for side := 256; side <= largest; side *= 2 {
		seconds, err := product(backend, side)
		if err != nil {
			return 0, err
		}
		best = math.Max(best, 2*math.Pow(float64(side), 3)/seconds)
		if seconds > enough {
			break
		}
	}
	return best, nil
}

// product is the least seconds of some products of matrices of side rows and columns.
func product(backend kernel.Backend, side int) (float64, error) {
	const tries = 3
	op := kernel.LinearForward{Linear: kernel.Linear{N: side, In: side, Out: side}}
	made, err := backend.Make(op, []kernel.Layout{kernel.Any, kernel.Any, kernel.Any})
	if err != nil {
		return 0, err
	}
	bytes := made.Scratch()
	var offsets []int64
	for _, o := range made.Operands() {
		bytes = (bytes + kernel.Alignment - 1) / kernel.Alignment * kernel.Alignment
		offsets = append(offsets, bytes)
		bytes += o.Bytes
	}
	arena, err := backend.NewArena(bytes)
	if err != nil {
		return 0, err
	}
	defer arena.Free()
	call := kernel.Call{Primitive: made, Scratch: kernel.Memory{Arena: arena}}
	for _, offset := range offsets {
		call.Args = append(call.Args, kernel.Memory{Arena: arena, Offset: offset})
	}
	program, err := backend.NewProgram([]kernel.Call{call})
	if err != nil {
		return 0, err
	}
	defer program.Free()
	best := math.Inf(1)
	for range tries {
		seconds, err := program.Profile()
		if err != nil {
			return 0, err
		}
		best = math.Min(best, seconds[0])
	}
	return best, nil
}
