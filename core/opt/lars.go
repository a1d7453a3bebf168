package opt

import (
	"math"

	"github.com/jumelle/jumelle/core/par"
)

// LARS (You et al. 2017), in the dialect of Barlow Twins, BYOL and MoCo v3. For
// each group with Adapt, d = g + WeightDecay·w and the trust ratio
//
//	q = Trust·‖w‖/‖d‖, or 1 when either is 0;   d ← q·d
//
// and without Adapt q = 1 (the papers give such tensors no decay either). Then
// v ← Momentum·v + d; w ← w - lr·v.
// SimCLR's TensorFlow code puts lr inside v: the same only while lr is constant.
// lightly and solo-learn divide by ‖g‖ + WeightDecay·‖w‖ instead of ‖d‖.
//
// Start from DefaultLARS: the zero value has a trust of 0 and is refused.
type LARS struct {
	Momentum    float64 // 0 to 1
	WeightDecay float64
	Trust       float64 // η, above 0

	velocity []float32
}

// DefaultLARS has momentum 0.9, decay 1e-6 and η 1e-3.
func DefaultLARS() LARS { return LARS{Momentum: 0.9, WeightDecay: 1e-6, Trust: 1e-3} }

// Step is as Optimizer says.
func (o *LARS) Step(params, grads []float32, lr float64, groups []Group) error {
	const op = "lars"
	if err := checkFactor(op, "momentum", o.Momentum, 0, 1); err != nil {
		return err
	}
	if err := checkFactor(op, "weight_decay", o.WeightDecay, 0, math.MaxFloat32); err != nil {
		return err
	}
	if err := checkFactor(op, "trust", o.Trust, math.SmallestNonzeroFloat32, math.MaxFloat32); err != nil {
		return err
	}
	groups, pieces, err := plan(op, params, grads, lr, groups, len(o.velocity))
	if err != nil {
		return err
	}
	if o.velocity == nil {
		o.velocity = make([]float32, len(params))
	}
	ratios, err := o.ratios(params, grads, groups, pieces)
	if err != nil {
		return err
	}
	return each(pieces, func(p piece) {
		g := groups[p.group]
		momentum(params[p.lo:p.hi], grads[p.lo:p.hi], o.velocity[p.lo:p.hi],
			float32(ratios[p.group]), float32(g.decay(o.WeightDecay)), float32(o.Momentum), float32(g.rate(lr)), 0)
	})
}

// ratios are the trust ratios of the groups, 1 for those that are not adapted.
// Squares are summed in float64 within the pieces and then over the pieces.
func (o *LARS) ratios(params, grads []float32, groups []Group, pieces []piece) ([]float64, error) {
	type squares struct{ w, d float64 }
	parts := make([]squares, len(pieces))
	err := par.For(len(pieces), 1, func(i, _ int) error {
		p := pieces[i]
		g := groups[p.group]
		if !g.Adapt {
			return nil
		}
		decay := g.decay(o.WeightDecay)
		var s squares
		for j := p.lo; j < p.hi; j++ {
			w := float64(params[j])
			d := float64(grads[j]) + decay*w
			s.w += w * w
			s.d += d * d
		}
		parts[i] = s
		return nil
	})
	if err != nil {
		return nil, err
	}
	total := make([]squares, len(groups))
	for i, p := range pieces {
		total[p.group].w += parts[i].w
		total[p.group].d += parts[i].d
	}
	ratios := make([]float64, len(groups))
	for i, s := range total {
		ratios[i] = 1
		if s.w > 0 && s.d > 0 {
			ratios[i] = o.Trust * math.Sqrt(s.w) / math.Sqrt(s.d)
		}
	}
	return ratios, nil
}

// State is the array "velocity".
func (o *LARS) State() []Array { return velocityState(o.velocity) }

// SetState is as Optimizer says.
func (o *LARS) SetState(arrays []Array) error {
	state, err := setState("lars", arrays, "velocity")
	if err == nil {
		o.velocity = state[0]
	}
	return err
}
