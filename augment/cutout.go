package augment

import "github.com/jumelle/jumelle/core"

// Cutout covers one square with a colour (DeVries & Taylor 2017). Its centre is
// uniform over the pixels, so that it may reach over the border. The paper fills
// with 0 after normalisation: the mean colour of the data. Give that as Fill;
// without it the picture's own mean is taken.
type Cutout struct {
	keepsSize
	Length int     `json:"length"` // side of the square; 0: half the pipeline's size
	Fill   []int   `json:"fill"`   // one value, or one a channel; empty: the mean
	P      float64 `json:"p"`
}

func (o *Cutout) name() string { return "Cutout" }

func (o *Cutout) chance() float64 { return o.P }

func (o *Cutout) complete(size int) {
	if o.Length == 0 {
		o.Length = max(1, size/2)
	}
	if o.Fill == nil {
		o.Fill = []int{}
	}
}

func (o *Cutout) check(at string) error {
	if err := checkSide(at+".length", o.Length); err != nil {
		return err
	}
	if n := len(o.Fill); n != 0 && n != 1 && n != 3 {
		return core.Invalid(opPipeline, at+".fill", "want no value, 1 or 3, got %d", n)
	}
	for i, x := range o.Fill {
		if err := checkInteger(index(at+".fill", i), x, 0, 255); err != nil {
			return err
		}
	}
	return checkProbability(at, o.P)
}

func (o *Cutout) run(v *view, _ *step) {
	y, x := v.random.Intn(v.h)-o.Length/2, v.random.Intn(v.w)-o.Length/2
	v.note("x", float64(x))
	v.note("y", float64(y))
	if v.dry {
		return
	}
	y1, x1 := min(v.h, y+o.Length), min(v.w, x+o.Length)
	for c := range v.c {
		p := v.plane(c)
		fill := o.colour(p, c, v.c)
		for i := max(0, y); i < y1; i++ {
			row := p[i*v.w : (i+1)*v.w]
			for j := max(0, x); j < x1; j++ {
				row[j] = fill
			}
		}
	}
}

// colour is what covers channel c of a picture of the given number of channels.
func (o *Cutout) colour(p []byte, c, channels int) byte {
	switch {
	case len(o.Fill) == 0:
		return byte((2*sum(p) + len(p)) / (2 * len(p)))
	case len(o.Fill) == 3 && channels == 1:
		return gray(byte(o.Fill[0]), byte(o.Fill[1]), byte(o.Fill[2]))
	case len(o.Fill) == 3:
		return byte(o.Fill[c])
	}
	return byte(o.Fill[0])
}
