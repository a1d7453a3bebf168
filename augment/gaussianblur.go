package augment

import (
	"math"

	"github.com/jumelle/jumelle/core"
)

// GaussianBlur blurs with a true Gaussian of a random deviation. The border is
// mirrored without repeating the edge pixel.
type GaussianBlur struct {
	keeps
	Sigma  [2]float64 `json:"sigma"`  // deviation in pixels, drawn uniformly
	Radius int        `json:"radius"` // weights on each side; 0: 3 deviations, rounded up
	P      float64    `json:"p"`
}

func (o *GaussianBlur) name() string { return "GaussianBlur" }

func (o *GaussianBlur) chance() float64 { return o.P }

func (o *GaussianBlur) check(at string) error {
	if err := checkRange(at+".sigma", o.Sigma, 0, maxBlurRadius/3); err != nil {
		return err
	}
	if o.Sigma[0] == 0 {
		return core.Invalid(opPipeline, at+".sigma", "want deviations above 0, got [%v, %v]", o.Sigma[0], o.Sigma[1])
	}
	if err := checkInteger(at+".radius", o.Radius, 0, maxBlurRadius); err != nil {
		return err
	}
	return checkProbability(at, o.P)
}

func (o *GaussianBlur) run(v *view, _ *step) {
	sigma := v.random.Uniform(o.Sigma[0], o.Sigma[1])
	v.note("sigma", sigma)
	v.blur(sigma, o.Radius)
}

func (v *view) blur(sigma float64, radius int) {
	if radius == 0 {
		radius = int(math.Ceil(3 * sigma))
	}
	// A mirror has no more pixels than the picture.
	radius = min(radius, v.h-1, v.w-1)
	if v.dry || radius == 0 {
		return
	}
	v.taps.near = gaussianWeights(sigma, radius, v.taps.near)
	v.taps.arrange()
	for c := range v.c {
		v.blurPlane(v.plane(c))
	}
}
