package augment

import "math"

// Rotate turns by a random angle about the centre, counter-clockwise, bilinear;
// what comes from outside the picture is Fill.
type Rotate struct {
	keeps
	Degrees [2]float64 `json:"degrees"` // drawn uniformly
	Fill    int        `json:"fill"`
	P       float64    `json:"p"`
}

func (o *Rotate) name() string { return "Rotate" }

func (o *Rotate) chance() float64 { return o.P }

func (o *Rotate) check(at string) error {
	if err := checkRange(at+".degrees", o.Degrees, -360, 360); err != nil {
		return err
	}
	if err := checkInteger(at+".fill", o.Fill, 0, 255); err != nil {
		return err
	}
	return checkProbability(at, o.P)
}

func (o *Rotate) run(v *view, _ *step) {
	degrees := v.random.Uniform(o.Degrees[0], o.Degrees[1])
	v.note("degrees", degrees)
	v.rotate(degrees, byte(o.Fill))
}

func (v *view) rotate(degrees float64, fill byte) {
	if v.dry {
		return
	}
	v.pixels()
	out := v.room(v.h, v.w)
	sin, cos := sineCosine(degrees)
	n := v.h * v.w
	for c := range v.c {
		rotatePlane(out[c*n:(c+1)*n], v.plane(c), v.h, v.w,
			int64(math.Round(sin*(1<<32))), int64(math.Round(cos*(1<<32))), fill)
	}
	v.swap()
}

// rotatePlane samples p. Places are half pixels in 32 bits behind the point,
// that is whole pixels in 33; weights have 11 bits each way.
func rotatePlane(to, p []byte, h, w int, sin, cos int64, fill byte) {
	for y := range h {
		dx, dy := int64(1-w), int64(2*y+1-h) // from the centre, in half pixels
		sx := cos*dx - sin*dy + int64(w-1)<<32
		sy := sin*dx + cos*dy + int64(h-1)<<32
		row := to[y*w : (y+1)*w]
		for x := range row {
			ix, iy := int(sx>>33), int(sy>>33)
			fx, fy := int32(sx>>22&2047), int32(sy>>22&2047)
			var a, b, c, d int32
			if ix >= 0 && iy >= 0 && ix+1 < w && iy+1 < h {
				q := p[iy*w+ix:]
				a, b, c, d = int32(q[0]), int32(q[1]), int32(q[w]), int32(q[w+1])
			} else {
				a, b = pixelOr(p, h, w, iy, ix, fill), pixelOr(p, h, w, iy, ix+1, fill)
				c, d = pixelOr(p, h, w, iy+1, ix, fill), pixelOr(p, h, w, iy+1, ix+1, fill)
			}
			top := a*(2048-fx) + b*fx
			bottom := c*(2048-fx) + d*fx
			row[x] = byte((top*(2048-fy) + bottom*fy + 1<<21) >> 22)
			sx += 2 * cos
			sy += 2 * sin
		}
	}
}

func pixelOr(p []byte, h, w, y, x int, fill byte) int32 {
	if y < 0 || x < 0 || y >= h || x >= w {
		return int32(fill)
	}
	return int32(p[y*w+x])
}
