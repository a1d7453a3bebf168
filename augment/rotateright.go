package augment

import "github.com/jumelle/jumelle/core"

// RotateRight turns by a random multiple of a right angle, counter-clockwise and
// exact. Pictures that are not square swap height and width at 90 and 270
// degrees: they are refused unless every draw does that, or none.
type RotateRight struct {
	Angles []int   `json:"angles"` // which ones, each as likely: 0, 90, 180, 270
	P      float64 `json:"p"`
}

func (o *RotateRight) name() string { return "RotateRight" }

func (o *RotateRight) chance() float64 { return o.P }

func (o *RotateRight) complete(int) {}

func (o *RotateRight) check(at string) error {
	if len(o.Angles) == 0 || len(o.Angles) > 4 {
		return core.Invalid(opPipeline, at+".angles", "want 1 to 4 of 0, 90, 180, 270, got %d", len(o.Angles))
	}
	for i, a := range o.Angles {
		if a != 0 && a != 90 && a != 180 && a != 270 {
			return core.Invalid(opPipeline, index(at+".angles", i), "want 0, 90, 180 or 270, got %d", a)
		}
	}
	return checkProbability(at, o.P)
}

func (o *RotateRight) shape(at string, h, w int) (int, int, error) {
	if h == w || o.P == 0 {
		return h, w, nil
	}
	lying := 0
	for _, a := range o.Angles {
		if a%180 != 0 {
			lying++
		}
	}
	switch {
	case lying == 0:
		return h, w, nil
	case lying == len(o.Angles) && o.P == 1:
		return w, h, nil
	}
	return 0, 0, core.Errorf(core.EShape, opApply, at+".angles", "want square pictures for these angles, got %d x %d", h, w)
}

func (o *RotateRight) run(v *view, _ *step) {
	angle := o.Angles[v.random.Intn(len(o.Angles))]
	v.note("degrees", float64(angle))
	v.turn(angle / 90)
}

// turn turns by quarters of the circle, counter-clockwise.
func (v *view) turn(quarters int) {
	if quarters == 2 {
		v.flip(true, true)
	}
	if quarters%2 == 0 {
		return
	}
	v.pixels()
	h, w := v.w, v.h // of the result
	if !v.dry {
		out := v.room(h, w)
		for c := range v.c {
			turnPlane(out[c*h*w:(c+1)*h*w], v.plane(c), h, w, quarters == 3)
		}
		v.swap()
	}
	v.h, v.w = h, w
}

// turnPlane makes to, h x w, of the picture p of w x h: its columns become rows,
// the last column first; clockwise: the first column first, read upwards.
func turnPlane(to, p []byte, h, w int, clockwise bool) {
	for y := range h {
		row := to[y*w : (y+1)*w]
		at, step := h-1-y, h
		if clockwise {
			at, step = (w-1)*h+y, -h
		}
		for x := range row {
			row[x] = p[at]
			at += step
		}
	}
}
