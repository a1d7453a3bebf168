package augment

import "math"

// CenterCrop cuts Size x Size out of the middle. A picture that is smaller gets
// a black border first.
type CenterCrop struct {
	Size int `json:"size"` // 0: the pipeline's
}

func (o *CenterCrop) name() string { return "CenterCrop" }

func (o *CenterCrop) chance() float64 { return certain }

func (o *CenterCrop) complete(size int) {
	if o.Size == 0 {
		o.Size = size
	}
}

func (o *CenterCrop) check(at string) error { return checkSide(at+".size", o.Size) }

func (o *CenterCrop) shape(string, int, int) (int, int, error) { return o.Size, o.Size, nil }

func (o *CenterCrop) run(v *view, _ *step) {
	v.crop(centre(v.h, o.Size), centre(v.w, o.Size), o.Size, o.Size, 0)
}

// centre is where size pixels begin in n: torchvision rounds half to even, and
// rounds the border of a smaller picture down.
func centre(n, size int) int {
	if size > n {
		return -((size - n) / 2)
	}
	return int(math.RoundToEven(float64(n-size) / 2))
}
