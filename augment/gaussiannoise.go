package augment

import (
	"math"

	"github.com/jumelle/jumelle/core"
)

// GaussianNoise adds to every value its own normal number. Sigma has no default:
// papers do not agree on one.
type GaussianNoise struct {
	keeps
	Sigma [2]float64 `json:"sigma"` // deviation in grey levels (0 to 255), drawn uniformly
	P     float64    `json:"p"`
}

func (o *GaussianNoise) name() string { return "GaussianNoise" }

func (o *GaussianNoise) chance() float64 { return o.P }

func (o *GaussianNoise) check(at string) error {
	if math.IsNaN(o.Sigma[0]) && math.IsNaN(o.Sigma[1]) {
		return core.Invalid(opPipeline, at+".sigma", "want two numbers, the smaller first, in grey levels; it has no default")
	}
	if err := checkRange(at+".sigma", o.Sigma, 0, 255); err != nil {
		return err
	}
	return checkProbability(at, o.P)
}

func (o *GaussianNoise) run(v *view, _ *step) {
	sigma := v.random.Uniform(o.Sigma[0], o.Sigma[1])
	v.note("sigma", sigma)
	if v.dry {
		return
	}
	p := v.pixels()
	for i, x := range p {
		z := normalQuantile((float64(v.random.Uint32()) + 0.5) * 0x1p-32)
		p[i] = byte(min(max(float64(x)+float64(sigma*z), 0), 255))
	}
}
