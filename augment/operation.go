package augment

import (
	"math"

	"github.com/jumelle/jumelle/core"
)

// Operation is one step of a pipeline. The structs of this package with the
// names of the specification (RandomResizedCrop, ColorJitter, ...) implement it;
// their fields are the fields of the JSON document. A field left at Go's zero
// value means zero, not the default: Default(name) returns the defaults.
type Operation interface {
	// name is the operation's name in a specification.
	name() string
	// complete fills what depends on the size of the whole pipeline.
	complete(size int)
	// check refuses values that make no sense; at is the path of the operation.
	check(at string) error
	// chance is the probability that the operation happens; certain means that
	// no number is drawn for it.
	chance() float64
	// shape is the size of what comes out for a picture of h x w.
	shape(at string, h, w int) (int, int, error)
	// run draws the operation's values from v.random and applies them to v.
	run(v *view, st *step)
}

// certain is the chance of operations for which chance makes no sense.
const certain = -1

// kinds makes each operation with its defaults. Required fields (sigma of
// GaussianNoise) start as NaN, which check refuses.
var kinds = []func() Operation{
	func() Operation {
		return &RandomResizedCrop{Scale: [2]float64{0.08, 1}, Ratio: [2]float64{3. / 4, 4. / 3}, Interpolation: Bicubic}
	},
	func() Operation { return &RandomCrop{} },
	func() Operation { return &CenterCrop{} },
	func() Operation { return &Resize{KeepAspect: true, Interpolation: Bicubic} },
	func() Operation { return &HorizontalFlip{P: 0.5} },
	func() Operation { return &VerticalFlip{P: 0.5} },
	func() Operation { return &ColorJitter{P: 1} },
	func() Operation { return &Grayscale{P: 1} },
	func() Operation { return &GaussianBlur{Sigma: [2]float64{0.1, 2}, P: 1} },
	func() Operation { return &Solarize{Threshold: 128, P: 1} },
	func() Operation { return &Cutout{P: 1} },
	func() Operation { return &Sobel{P: 1} },
	func() Operation { return &GaussianNoise{Sigma: [2]float64{math.NaN(), math.NaN()}, P: 1} },
	func() Operation { return &RotateRight{Angles: []int{0, 90, 180, 270}, P: 1} },
	func() Operation { return &Rotate{Degrees: [2]float64{-30, 30}, P: 1} },
	func() Operation { return &Posterize{Bits: 4, P: 1} },
	func() Operation { return &Equalize{P: 1} },
	func() Operation { return &RandomOrder{P: 1} },
	func() Operation { return &OneOf{P: 1} },
}

// Default returns the operation of that name with its default values.
func Default(name string) (Operation, error) {
	names := make([]string, 0, len(kinds))
	for _, kind := range kinds {
		op := kind()
		if op.name() == name {
			return op, nil
		}
		names = append(names, op.name())
	}
	return nil, core.Invalid(opPipeline, "op", "want one of the operations, got %q%s", name, didYouMean(name, names))
}

// opPipeline and opApply are the functions that errors name.
const (
	opPipeline = "pipeline"
	opApply    = "pipeline_apply"
)

// keeps is embedded in operations that keep the size of the picture.
type keeps struct{ keepsSize }

func (keeps) complete(int) {}

// keepsSize is keeps for operations that have something to complete.
type keepsSize struct{}

func (keepsSize) shape(_ string, h, w int) (int, int, error) { return h, w, nil }
