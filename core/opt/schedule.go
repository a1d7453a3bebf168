package opt

import (
	"math"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// WarmupCosine is the learning rate of step (0 to total-1): base·step/warmup
// during the first warmup steps, then half a cosine from base down to end, which
// step total would reach:
//
//	end + (base - end)·½(1 + cos(π(step - warmup)/(total - warmup)))
//
// Steps outside 0..total count as the nearest one inside.
func WarmupCosine(step int64, base float64, warmup, total int64, end float64) float64 {
	step = max(0, min(step, total))
	if step < warmup {
		return base * float64(step) / float64(warmup)
	}
	if total <= warmup { // and step = total: no cosine part
		return end
	}
	return end + (base-end)*halfCosine(step-warmup, total-warmup)
}

// EMACosine is the momentum of a target network at step: from base at step 0 to
// 1 at step total, 1 - (1 - base)·½(1 + cos(π·step/total)) (BYOL).
func EMACosine(step int64, base float64, total int64) float64 {
	if total <= 0 {
		return 1
	}
	return 1 - (1-base)*halfCosine(max(0, min(step, total)), total)
}

func halfCosine(step, total int64) float64 {
	return 0.5 * (1 + math.Cos(math.Pi*float64(step)/float64(total)))
}

// LinearRate is the learning rate for a batch by the linear rule: base is given
// for 256 pictures.
func LinearRate(base float64, batch int) float64 { return base * float64(batch) / 256 }

// RootRate is the learning rate for a batch by the square-root rule: base·√batch
// (SimCLR: base 0.075).
func RootRate(base float64, batch int) float64 { return base * math.Sqrt(float64(batch)) }

// EMA moves a target towards online: target ← m·target + (1-m)·online. m = 1
// leaves it as it is and m = 0 copies, to the last bit.
func EMA(target, online []float32, m float64) error {
	const op = "ema"
	if len(online) != len(target) {
		return core.Errorf(core.EShape, op, "online", "want %d values as in target, got %d", len(target), len(online))
	}
	if err := checkFactor(op, "m", m, 0, 1); err != nil {
		return err
	}
	switch m {
	case 1:
		return nil
	case 0:
		copy(target, online)
		return nil
	}
	keep, take := float32(m), float32(1-m)
	return par.For(len(target), pieceLen, func(lo, hi int) error {
		t, o := target[lo:hi], online[lo:hi]
		o = o[:len(t)]
		for i, x := range t {
			t[i] = keep*x + take*o[i]
		}
		return nil
	})
}

// Norm is the length of the gradient as one vector, summed in float64.
func Norm(grads []float32) float64 {
	parts := make([]float64, (len(grads)+pieceLen-1)/pieceLen)
	// The body cannot fail.
	_ = par.For(len(grads), pieceLen, func(lo, hi int) error {
		var s float64
		for _, g := range grads[lo:hi] {
			s += float64(g) * float64(g)
		}
		parts[lo/pieceLen] = s
		return nil
	})
	var s float64
	for _, p := range parts {
		s += p
	}
	return math.Sqrt(s)
}

// Clip scales grads down to the length most when they are longer, and returns
// their length before.
func Clip(grads []float32, most float64) (float64, error) {
	if err := checkFactor("clip", "most", most, math.SmallestNonzeroFloat32, math.MaxFloat32); err != nil {
		return 0, err
	}
	norm := Norm(grads)
	if !(norm > most) { // also when it is NaN: the caller's check of the loss speaks
		return norm, nil
	}
	scale := float32(most / norm)
	return norm, par.For(len(grads), pieceLen, func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			grads[i] *= scale
		}
		return nil
	})
}
