package evaluate

import "math"

// objective returns the value of a convex function at w and writes its gradient.
type objective func(w, gradient []float64) (float64, error)

// lbfgs walks from w, in place, to the minimum of f by L-BFGS (Nocedal 1980) with
// a backtracking line search. It stops when the largest |gradient| is at most
// tolerance, when no step along the direction goes down (what float32 sums leave
// undecided), or after so many iterations, whose number it returns.
func lbfgs(f objective, w []float64, tolerance float64, iterations int) (int, error) {
	const history = 10
	n := len(w)
	g, next, nextG, dir := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	value, err := f(w, g)
	if err != nil {
		return 0, err
	}
	var steps, turns [][]float64 // s_k = Δw and y_k = Δg, oldest first
	var inverse []float64        // 1/(s·y)
	alpha := make([]float64, history)
	for done := range iterations {
		if largest(g) <= tolerance {
			return done, nil
		}
		copy(dir, g)
		for k := len(steps) - 1; k >= 0; k-- {
			alpha[k] = inverse[k] * dot(steps[k], dir)
			axpy(-alpha[k], turns[k], dir)
		}
		if last := len(steps) - 1; last >= 0 {
			scale := 1 / (inverse[last] * dot(turns[last], turns[last]))
			for i := range dir {
				dir[i] *= scale
			}
		} else { // a first step of length 1
			scale := 1 / math.Max(1, math.Sqrt(dot(g, g)))
			for i := range dir {
				dir[i] *= scale
			}
		}
		for k := range steps {
			beta := inverse[k] * dot(turns[k], dir)
			axpy(alpha[k]-beta, steps[k], dir)
		}
		slope := -dot(g, dir)
		if !(slope < 0) {
			return done, nil
		}
		step, down := 1.0, false
		var nextValue float64
		for range 20 {
			for i := range next {
				next[i] = w[i] - step*dir[i]
			}
			if nextValue, err = f(next, nextG); err != nil {
				return done, err
			}
			if nextValue <= value+1e-4*step*slope {
				down = true
				break
			}
			step /= 2
		}
		if !down {
			return done, nil
		}
		s, y := make([]float64, n), make([]float64, n)
		for i := range s {
			s[i], y[i] = next[i]-w[i], nextG[i]-g[i]
		}
		if sy := dot(s, y); sy > 1e-12*math.Sqrt(dot(s, s)*dot(y, y)) {
			steps, turns, inverse = append(steps, s), append(turns, y), append(inverse, 1/sy)
			if len(steps) > history {
				steps, turns, inverse = steps[1:], turns[1:], inverse[1:]
			}
		}
		copy(w, next)
		copy(g, nextG)
		value = nextValue
	}
	return iterations, nil
}

func largest(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		m = math.Max(m, math.Abs(v))
	}
	return m
}

func axpy(a float64, x, y []float64) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += a * v
	}
}
