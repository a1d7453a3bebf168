package opt

import "math"

// SGD is stochastic gradient descent with momentum, as in PyTorch. With the
// gradient g, d = g + WeightDecay·w and the velocity v, which starts at 0:
//
//	v ← Momentum·v + d;   w ← w - lr·v,   or with Nesterov w - lr·(d + Momentum·v)
//
// The zero value is plain gradient descent.
type SGD struct {
	Momentum    float64 // 0 to 1
	WeightDecay float64
	Nesterov    bool

	velocity []float32
}

// Step is as Optimizer says. Adapt means nothing here.
func (o *SGD) Step(params, grads []float32, lr float64, groups []Group) error {
	const op = "sgd"
	if err := checkFactor(op, "momentum", o.Momentum, 0, 1); err != nil {
		return err
	}
	if err := checkFactor(op, "weight_decay", o.WeightDecay, 0, math.MaxFloat32); err != nil {
		return err
	}
	groups, pieces, err := plan(op, params, grads, lr, groups, len(o.velocity))
	if err != nil {
		return err
	}
	if o.velocity == nil {
		o.velocity = make([]float32, len(params))
	}
	return each(pieces, func(p piece) {
		g := groups[p.group]
		rate, decay, mu := float32(g.rate(lr)), float32(g.decay(o.WeightDecay)), float32(o.Momentum)
		ahead := float32(0)
		if o.Nesterov {
			ahead = 1
		}
		momentum(params[p.lo:p.hi], grads[p.lo:p.hi], o.velocity[p.lo:p.hi], 1, decay, mu, rate, ahead)
	})
}

// momentum is the step of SGD and LARS: d = q·(g + decay·w), v ← mu·v + d, and
// then w ← w - rate·v or, with ahead = 1, w - rate·(d + mu·v).
func momentum(w, g, v []float32, q, decay, mu, rate, ahead float32) {
	g, v = g[:len(w)], v[:len(w)]
	if ahead == 0 {
		for i, x := range w {
			u := mu*v[i] + q*(g[i]+decay*x)
			v[i] = u
			w[i] = x - rate*u
		}
		return
	}
	for i, x := range w {
		d := q * (g[i] + decay*x)
		u := mu*v[i] + d
		v[i] = u
		w[i] = x - rate*(d+mu*u)
	}
}

// State is the array "velocity".
func (o *SGD) State() []Array { return velocityState(o.velocity) }

// SetState is as Optimizer says.
func (o *SGD) SetState(arrays []Array) error {
	state, err := setState("sgd", arrays, "velocity")
	if err == nil {
		o.velocity = state[0]
	}
	return err
}

func velocityState(v []float32) []Array {
	if v == nil {
		return nil
	}
	return []Array{{"velocity", v}}
}
