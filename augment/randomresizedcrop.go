package augment

import (
	"math"

	"github.com/jumelle/jumelle/core"
)

// RandomResizedCrop cuts out a part of random area and shape and brings it to
// Size x Size (torchvision; Szegedy et al. 2015).
type RandomResizedCrop struct {
	Size          int        `json:"size"`  // 0: the pipeline's
	Scale         [2]float64 `json:"scale"` // area, as a part of the picture's
	Ratio         [2]float64 `json:"ratio"` // width over height
	Interpolation string     `json:"interpolation"`
}

func (o *RandomResizedCrop) name() string { return "RandomResizedCrop" }

func (o *RandomResizedCrop) chance() float64 { return certain }

func (o *RandomResizedCrop) complete(size int) {
	if o.Size == 0 {
		o.Size = size
	}
}

func (o *RandomResizedCrop) check(at string) error {
	if err := checkSide(at+".size", o.Size); err != nil {
		return err
	}
	if err := checkRange(at+".scale", o.Scale, 0, 1); err != nil {
		return err
	}
	if o.Scale[1] == 0 {
		return core.Invalid(opPipeline, at+".scale", "want an area above 0, got [0, 0]")
	}
	if err := checkRange(at+".ratio", o.Ratio, 1e-3, 1e3); err != nil {
		return err
	}
	return checkWord(at+".interpolation", o.Interpolation, Bicubic, Bilinear)
}

func (o *RandomResizedCrop) shape(string, int, int) (int, int, error) { return o.Size, o.Size, nil }

func (o *RandomResizedCrop) run(v *view, _ *step) {
	y, x, h, w := o.draw(&v.random, v.h, v.w)
	v.note("x", float64(x))
	v.note("y", float64(y))
	v.note("width", float64(w))
	v.note("height", float64(h))
	v.note("scale", float64(h*w)/float64(v.h*v.w))
	v.resize(y, x, h, w, o.Size, o.Size, filters[o.Interpolation])
}

// draw is the crop of a picture of height x width: ten tries, then the largest
// centre crop of an allowed shape.
func (o *RandomResizedCrop) draw(s *stream, height, width int) (y, x, h, w int) {
	low, high := logarithm(o.Ratio[0]), logarithm(o.Ratio[1])
	for range 10 {
		area := float64(height*width) * s.Uniform(o.Scale[0], o.Scale[1])
		ratio := exponential(s.Uniform(low, high))
		w, h = roundEven(math.Sqrt(area*ratio)), roundEven(math.Sqrt(area/ratio))
		if w > 0 && w <= width && h > 0 && h <= height {
			return s.Intn(height - h + 1), s.Intn(width - w + 1), h, w
		}
	}
	h, w = o.fallback(height, width)
	return (height - h) / 2, (width - w) / 2, h, w
}

func (o *RandomResizedCrop) fallback(height, width int) (h, w int) {
	switch shape := float64(width) / float64(height); {
	case shape < o.Ratio[0]:
		return max(1, roundEven(float64(width)/o.Ratio[0])), width
	case shape > o.Ratio[1]:
		return height, max(1, roundEven(float64(height)*o.Ratio[1]))
	}
	return height, width
}

func roundEven(x float64) int { return int(math.RoundToEven(x)) }
