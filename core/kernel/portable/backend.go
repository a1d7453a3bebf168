// Package portable computes every operation of core/kernel in Go alone: the
// fallback where the kernel library is missing, and the reference that the other
// backend is compared with. Its only layout is Plain.
//
// Every sum has a fixed order, so results have the same bits for any number of
// threads.
package portable

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
)

type backend struct{ threads int }

// New makes the backend. threads = 0 means par.Threads() at the time of each run.
func New(threads int) (kernel.Backend, error) {
	if err := par.CheckThreads("kernels", "threads", threads); err != nil {
		return nil, err
	}
	return &backend{threads}, nil
}

func (*backend) Name() string { return "portable" }
func (*backend) ISA() string  { return "go" }

func (b *backend) Threads() int {
	if b.threads > 0 {
		return b.threads
	}
	return par.Threads()
}

func (*backend) LayoutName(l kernel.Layout) string {
	switch l {
	case kernel.Plain:
		return "plain"
	case kernel.Any:
		return "any"
	}
	return "unknown"
}

// split runs body on pieces of 0..n-1 of at least grain elements.
func (b *backend) split(n, grain int, body func(lo, hi int)) error {
	return par.Do(b.threads, n, grain, func(lo, hi int) error {
		body(lo, hi)
		return nil
	})
}

// primitive is an operation with its kernel: run gets one slice per operand
// (nil for those of 0 bytes) and the scratch memory.
type primitive struct {
	op       kernel.Op
	operands []kernel.Operand
	scratch  int64 // bytes
	run      func(args [][]float32, scratch []float32) error
}

func (p *primitive) Operands() []kernel.Operand { return p.operands }
func (p *primitive) Scratch() int64             { return p.scratch }

// Make implements kernel.Backend.
func (b *backend) Make(op kernel.Op, layouts []kernel.Layout) (kernel.Primitive, error) {
	operands, err := op.Operands()
	if err != nil {
		return nil, err
	}
	if len(layouts) != len(operands) {
		return nil, core.Invalid(op.Name(), "layouts", "want %d, one for each operand, got %d", len(operands), len(layouts))
	}
	for i, l := range layouts {
		if l != kernel.Plain && l != kernel.Any {
			return nil, core.Invalid(op.Name(), operands[i].Name, "want layout plain or any, got %d", l)
		}
	}
	p := &primitive{op: op, operands: operands}
	switch op := op.(type) {
	case kernel.ConvForward:
		b.convForward(p, op.Conv)
	case kernel.ConvBackwardData:
		b.convBackwardData(p, op.Conv)
	case kernel.ConvBackwardWeights:
		b.convBackwardWeights(p, op.Conv)
	case kernel.BatchNormForward:
		b.batchNormForward(p, op.BatchNorm)
	case kernel.BatchNormInference:
		b.batchNormInference(p, op.BatchNorm)
	case kernel.BatchNormBackward:
		b.batchNormBackward(p, op.BatchNorm)
	case kernel.LinearForward:
		b.linearForward(p, op.Linear)
	case kernel.LinearBackwardData:
		b.linearBackwardData(p, op.Linear)
	case kernel.LinearBackwardWeights:
		b.linearBackwardWeights(p, op.Linear)
	case kernel.Sum:
		b.sum(p, op)
	case kernel.ReLU:
		b.relu(p)
	case kernel.ReLUBackward:
		b.reluBackward(p)
	case kernel.MaxPoolForward:
		b.maxPoolForward(p, op.Pool)
	case kernel.MaxPoolBackward:
		b.maxPoolBackward(p, op.Pool)
	case kernel.GlobalAvgPoolForward:
		b.globalAvgPoolForward(p, op)
	case kernel.GlobalAvgPoolBackward:
		b.globalAvgPoolBackward(p, op)
	case kernel.Reorder:
		b.reorder(p)
	default:
		return nil, core.Errorf(core.EIntern, op.Name(), "op", "want an operation of core/kernel, got %T", op)
	}
	return p, nil
}
