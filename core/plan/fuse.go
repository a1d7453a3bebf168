package plan

import (
	"slices"

	"github.com/jumelle/jumelle/core/kernel"
)

// fuse joins steps that one primitive does at once:
//
//	batch norm, ReLU              -> batch norm with ReLU
//	its ReLU's and its derivative -> the derivative of both
//	sum, ReLU                     -> sum with ReLU
//	sum of sums                   -> one sum
//
// The three derivatives of a batch norm, and those of a Linear's weights and
// bias, are one step since read: they have the same inputs.
func fuse(r *reading) {
	readers := r.readers()
	only := func(v *value, s *step) bool {
		return v != nil && !v.kept && len(v.into) == 0 && len(readers[v]) == 1 && readers[v][0] == s
	}
	gone := map[*step]bool{}
	// producer is the step that computes v if nobody but s reads v.
	producer := func(v *value, s *step) *step {
		if only(v, s) && v.from != nil && v.from.pass == s.pass && !gone[v.from] {
			return v.from
		}
		return nil
	}
	for _, s := range r.steps {
		switch op := s.op.(type) {
		case kernel.ReLU:
			p := producer(s.in[0], s)
			if p == nil {
				continue
			}
			switch k := p.op.(type) {
			case kernel.BatchNormForward:
				k.ReLU = true
				p.op = k
			case kernel.BatchNormInference:
				k.ReLU = true
				p.op = k
			case kernel.Sum:
				k.ReLU = true
				p.op = k
			default:
				continue
			}
			p.out[0], s.out[0].from = s.out[0], p
			gone[s] = true
		case kernel.BatchNormBackward:
			// The ReLU's derivative, when its ReLU went into this norm's forward step.
			p := producer(s.in[4], s)
			if p == nil {
				continue
			}
			_, relu := p.op.(kernel.ReLUBackward)
			forward := s.in[1].from
			if !relu || forward == nil || p.in[0] != forward.out[0] {
				continue
			}
			if k, ok := forward.op.(kernel.BatchNormForward); !ok || !k.ReLU {
				continue
			}
			op.ReLU = true
			s.op = op
			s.in[4], s.in[5] = p.in[1], forward.out[3]
			readers[p.in[1]] = replace(readers[p.in[1]], p, s)
			gone[p] = true
		case kernel.Sum:
			for i := 0; i < len(s.in); i++ {
				p := producer(s.in[i], s)
				if p == nil {
					continue
				}
				k, sum := p.op.(kernel.Sum)
				if !sum || k.ReLU || len(s.in)+len(p.in)-1 > kernel.MaxSumInputs {
					continue
				}
				for _, v := range p.in {
					readers[v] = replace(readers[v], p, s)
				}
				s.in = slices.Replace(s.in, i, i+1, p.in...)
				op.Inputs = len(s.in)
				s.op = op
				gone[p] = true
				i-- // what came in may be a sum itself
			}
		}
	}
	r.steps = slices.DeleteFunc(r.steps, func(s *step) bool { return gone[s] })
}

// readers lists the steps that read each value, once for each operand.
func (r *reading) readers() map[*value][]*step {
	readers := map[*value][]*step{}
	for _, s := range r.steps {
		for _, v := range s.in {
			if v != nil {
				readers[v] = append(readers[v], s)
			}
		}
	}
	return readers
}

func replace(steps []*step, old, new *step) []*step {
	for i, s := range steps {
		if s == old {
			steps[i] = new
		}
	}
	return steps
}
