package plan

import (
	"slices"

	"github.com/jumelle/jumelle/core/kernel"
)

// recompute trades a little time for memory: a normalised activation that the
// second pass reads again (for the gradient of the weights behind it) is not kept
// from the first pass, but made anew from the norm's input, which is kept anyway.
// That is half of a plain convolutional network's memory, for one more pass over
// each activation. The bits are the same: both passes normalise by the same
// statistics in the same way.
func recompute(r *reading) {
	readers := r.readers()
	before := map[*step]*step{}
	for _, f := range r.steps {
		k, ok := f.op.(kernel.BatchNormForward)
		if !ok || f.pass != 0 {
			continue
		}
		y := f.out[0]
		if y == nil || y.kept || len(y.into) > 0 || len(y.shape) != 4 || f.out[1] == nil || f.out[2] == nil {
			continue
		}
		var late []*step
		for _, s := range readers[y] {
			if s.pass == 1 {
				late = append(late, s)
			}
		}
		if len(late) == 0 || !slices.ContainsFunc(readers[f.in[0]], func(s *step) bool { return s.pass == 1 }) {
			continue
		}
		again := &value{node: y.node, name: y.name, shape: y.shape}
		s := &step{
			op: kernel.BatchNormInference{BatchNorm: k.BatchNorm}, node: f.node, pass: 1,
			in: []*value{f.in[0], f.in[1], f.in[2], f.out[1], f.out[2]}, out: []*value{again},
		}
		again.from = s
		for _, l := range late {
			for i, v := range l.in {
				if v == y {
					l.in[i] = again
				}
			}
		}
		before[first(r.steps, late)] = s
	}
	var steps []*step
	for _, s := range r.steps {
		if b := before[s]; b != nil {
			steps = append(steps, b)
		}
		steps = append(steps, s)
	}
	r.steps = steps
}

// first is the one of some that comes first in all.
func first(all, some []*step) *step {
	i := slices.IndexFunc(all, func(s *step) bool { return slices.Contains(some, s) })
	return all[i]
}
