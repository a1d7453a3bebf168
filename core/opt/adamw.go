package opt

import (
	"math"

	"github.com/jumelle/jumelle/core"
)

// AdamW (Loshchilov & Hutter 2019): Adam with the weight decay apart. With the
// step number t from 1:
//
//	m ← β₁m + (1-β₁)g;   v ← β₂v + (1-β₂)g²
//	w ← w·(1 - lr·WeightDecay) - lr·m̂/(√v̂ + Eps),   m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ)
//
// Start from DefaultAdamW: the zero value has Eps 0 and is refused.
type AdamW struct {
	Beta1, Beta2 float64 // 0 to 1, 1 excluded
	Eps          float64 // above 0
	WeightDecay  float64

	first, second []float32
	// step is t in float32, as State needs it. It stops at 2^24, from where on
	// both corrections are 1 to the last bit for any beta up to 0.999998.
	step []float32
}

// DefaultAdamW has β 0.9 and 0.999, Eps 1e-8 and decay 0.01.
func DefaultAdamW() AdamW {
	return AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01}
}

// Step is as Optimizer says. Adapt means nothing here.
func (o *AdamW) Step(params, grads []float32, lr float64, groups []Group) error {
	const op = "adamw"
	belowOne := math.Nextafter(1, 0)
	if err := checkFactor(op, "beta1", o.Beta1, 0, belowOne); err != nil {
		return err
	}
	if err := checkFactor(op, "beta2", o.Beta2, 0, belowOne); err != nil {
		return err
	}
	if err := checkFactor(op, "eps", o.Eps, math.SmallestNonzeroFloat32, math.MaxFloat32); err != nil {
		return err
	}
	if err := checkFactor(op, "weight_decay", o.WeightDecay, 0, math.MaxFloat32); err != nil {
		return err
	}
	groups, pieces, err := plan(op, params, grads, lr, groups, len(o.first))
	if err != nil {
		return err
	}
	if o.first == nil {
		o.first, o.second, o.step = make([]float32, len(params)), make([]float32, len(params)), make([]float32, 1)
	}
	o.step[0] = min(o.step[0]+1, 1<<24)
	t := float64(o.step[0])
	c1, c2 := 1-math.Pow(o.Beta1, t), 1-math.Pow(o.Beta2, t)
	return each(pieces, func(p piece) {
		g := groups[p.group]
		rate := g.rate(lr)
		// The root of the second correction moves out of the root: √v̂ = √v/√c2.
		adamw(params[p.lo:p.hi], grads[p.lo:p.hi], o.first[p.lo:p.hi], o.second[p.lo:p.hi],
			float32(o.Beta1), float32(1-o.Beta1), float32(o.Beta2), float32(1-o.Beta2),
			float32(1-rate*g.decay(o.WeightDecay)), float32(rate*math.Sqrt(c2)/c1), float32(o.Eps*math.Sqrt(c2)))
	})
}

func adamw(w, g, m, v []float32, b1, d1, b2, d2, keep, rate, eps float32) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i, x := range w {
		a := b1*m[i] + d1*g[i]
		b := b2*v[i] + d2*g[i]*g[i]
		m[i], v[i] = a, b
		w[i] = keep*x - rate*a/(float32(math.Sqrt(float64(b)))+eps)
	}
}

// State is the arrays "first", "second" and "step" (one value).
func (o *AdamW) State() []Array {
	if o.first == nil {
		return nil
	}
	return []Array{{"first", o.first}, {"second", o.second}, {"step", o.step}}
}

// SetState is as Optimizer says.
func (o *AdamW) SetState(arrays []Array) error {
	const op = "adamw"
	moments, err := setState(op, arrays, "first", "second")
	if err != nil {
		return err
	}
	step, err := setState(op, arrays, "step")
	if err != nil {
		return err
	}
	if len(arrays) > 0 && (len(step[0]) != 1 || !(step[0][0] >= 0)) {
		return core.Invalid(op, "step", "want one number of at least 0, got %v", step[0])
	}
	o.first, o.second, o.step = moments[0], moments[1], step[0]
	return nil
}
