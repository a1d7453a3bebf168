// Package opt owns optimizers, learning-rate schedules and moving averages, on
// flat []float32. It knows no networks: a list of groups says which values are
// one tensor and what applies to it.
//
// One Step is one pass over the memory, in pieces that do not depend on the
// number of threads: the same bits for any. An optimizer is for one set of
// parameters and must not be stepped by two goroutines at once.
package opt

import (
	"fmt"
	"math"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// Group is one tensor: values Offset..Offset+Len-1 of the flat parameters. By the
// papers' convention biases and batch-normalisation parameters (tensors of one
// dimension) have neither Adapt nor Decay.
type Group struct {
	Offset, Len int
	// Adapt: LARS scales the step by the tensor's trust ratio.
	Adapt bool
	// Decay: weight decay applies.
	Decay bool
	// Rate multiplies the learning rate of this group; 0 means 1.
	Rate float64
}

// Array is a named part of an optimizer's state.
type Array struct {
	Name   string
	Values []float32
}

// Optimizer changes parameters by gradients and remembers what it needs.
type Optimizer interface {
	// Step changes params by grads (as long) with the learning rate lr. Groups
	// ascend and do not overlap; values in no group stay as they are. nil is one
	// group of everything with Adapt and Decay. The first call fixes the length.
	Step(params, grads []float32, lr float64, groups []Group) error
	// State is the memory itself, not a copy, for a checkpoint; empty before the
	// first step.
	State() []Array
	// SetState copies what State returned. Nothing changes when it fails.
	SetState(arrays []Array) error
}

// piece is a part of a group that one goroutine works on at a time.
type piece struct{ group, lo, hi int }

// pieceLen floats of three arrays fit the second-level cache.
const pieceLen = 1 << 15

// plan checks the arguments of a Step and cuts the groups into pieces.
func plan(op string, params, grads []float32, lr float64, groups []Group, state int) ([]Group, []piece, error) {
	if len(grads) != len(params) {
		return nil, nil, core.Errorf(core.EShape, op, "grads", "want %d values as in params, got %d", len(params), len(grads))
	}
	if state != 0 && state != len(params) {
		return nil, nil, core.Errorf(core.EShape, op, "params", "want %d values as in the first step, got %d", state, len(params))
	}
	if !(lr >= 0) || math.IsInf(lr, 1) {
		return nil, nil, core.Invalid(op, "lr", "want a finite number of at least 0, got %v", lr)
	}
	if groups == nil {
		groups = []Group{{Len: len(params), Adapt: true, Decay: true}}
	}
	pieces := make([]piece, 0, len(groups)+len(params)/pieceLen)
	end := 0
	for i, g := range groups {
		if g.Offset < end || g.Len < 0 || g.Len > len(params)-g.Offset {
			return nil, nil, core.Invalid(op, fmt.Sprintf("groups[%d]", i), "want values between %d and %d, got %d to %d", end, len(params), g.Offset, g.Offset+g.Len)
		}
		if !(g.Rate >= 0) || math.IsInf(g.Rate, 1) {
			return nil, nil, core.Invalid(op, fmt.Sprintf("groups[%d].Rate", i), "want a finite number of at least 0, got %v", g.Rate)
		}
		end = g.Offset + g.Len
		for lo := g.Offset; lo < end; lo += pieceLen {
			pieces = append(pieces, piece{i, lo, min(end, lo+pieceLen)})
		}
	}
	return groups, pieces, nil
}

// rate is the learning rate of the group.
func (g Group) rate(lr float64) float64 {
	if g.Rate == 0 {
		return lr
	}
	return lr * g.Rate
}

// decay is the weight decay of the group.
func (g Group) decay(d float64) float64 {
	if g.Decay {
		return d
	}
	return 0
}

// each runs body on every piece.
func each(pieces []piece, body func(p piece)) error {
	return par.For(len(pieces), 1, func(i, _ int) error { body(pieces[i]); return nil })
}

// checkFactor refuses a setting outside lo..hi (hi itself included).
func checkFactor(op, argument string, x, lo, hi float64) error {
	if !(x >= lo && x <= hi) || math.IsInf(x, 0) {
		return core.Invalid(op, argument, "want a finite number from %v to %v, got %v", lo, hi, x)
	}
	return nil
}

// setState copies arrays with exactly these names, all of one length, into fresh
// memory.
func setState(op string, arrays []Array, names ...string) ([][]float32, error) {
	if len(arrays) == 0 { // as before the first step
		return make([][]float32, len(names)), nil
	}
	out := make([][]float32, len(names))
	for i, name := range names {
		for _, a := range arrays {
			if a.Name == name {
				out[i] = append([]float32{}, a.Values...)
			}
		}
		if out[i] == nil {
			return nil, core.Invalid(op, "arrays", "want the array %q, got %d others", name, len(arrays))
		}
		if len(out[i]) != len(out[0]) {
			return nil, core.Errorf(core.EShape, op, name, "want %d values as in %s, got %d", len(out[0]), names[0], len(out[i]))
		}
	}
	return out, nil
}
