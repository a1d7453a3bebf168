package augment

import "github.com/jumelle/jumelle/core"

// RandomCrop cuts Size x Size out at a random place, after a border of Padding
// pixels of value Fill was put around the picture (CIFAR: padding 4).
type RandomCrop struct {
	Size    int `json:"size"` // 0: the pipeline's
	Padding int `json:"padding"`
	Fill    int `json:"fill"`
}

func (o *RandomCrop) name() string { return "RandomCrop" }

func (o *RandomCrop) chance() float64 { return certain }

func (o *RandomCrop) complete(size int) {
	if o.Size == 0 {
		o.Size = size
	}
}

func (o *RandomCrop) check(at string) error {
	if err := checkSide(at+".size", o.Size); err != nil {
		return err
	}
	if err := checkInteger(at+".padding", o.Padding, 0, core.MaxSide); err != nil {
		return err
	}
	return checkInteger(at+".fill", o.Fill, 0, 255)
}

func (o *RandomCrop) shape(at string, h, w int) (int, int, error) {
	if min(h, w)+2*o.Padding < o.Size {
		return 0, 0, core.Errorf(core.EShape, opApply, at+".size", "want pictures of at least %d pixels a side with a border of %d, got %d x %d", o.Size, o.Padding, h, w)
	}
	return o.Size, o.Size, nil
}

func (o *RandomCrop) run(v *view, _ *step) {
	y := v.random.Intn(v.h+2*o.Padding-o.Size+1) - o.Padding
	x := v.random.Intn(v.w+2*o.Padding-o.Size+1) - o.Padding
	v.note("x", float64(x))
	v.note("y", float64(y))
	v.crop(y, x, o.Size, o.Size, byte(o.Fill))
}
