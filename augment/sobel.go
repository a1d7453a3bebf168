package augment

import "math"

// Sobel replaces each channel by the strength of its edges: the root of the sum
// of squares of the two 3x3 kernels, the border mirrored without its edge pixel.
type Sobel struct {
	keeps
	P float64 `json:"p"`
}

func (o *Sobel) name() string { return "Sobel" }

func (o *Sobel) chance() float64 { return o.P }

func (o *Sobel) check(at string) error { return checkProbability(at, o.P) }

func (o *Sobel) run(v *view, _ *step) {
	if v.dry {
		return
	}
	v.pixels()
	out := v.room(v.h, v.w)
	n := v.h * v.w
	for c := range v.c {
		sobelPlane(out[c*n:(c+1)*n], v.plane(c), v.h, v.w)
	}
	v.swap()
}

func sobelPlane(to, p []byte, h, w int) {
	for y := range h {
		above := p[near(y-1, h)*w:][:w]
		here := p[y*w:][:w]
		below := p[near(y+1, h)*w:][:w]
		row := to[y*w:][:w]
		for x := range row {
			l, r := near(x-1, w), near(x+1, w)
			tl, tr, bl, br := int(above[l]), int(above[r]), int(below[l]), int(below[r])
			gx := tr + 2*int(here[r]) + br - tl - 2*int(here[l]) - bl
			gy := bl + 2*int(below[x]) + br - tl - 2*int(above[x]) - tr
			row[x] = root(gx*gx + gy*gy)
		}
	}
}

// near is mirror for an index at most 1 outside; one pixel is its own neighbour.
func near(i, n int) int {
	if n == 1 {
		return 0
	}
	return mirror(i, n)
}

// root is the whole part of the square root, at most 255.
func root(n int) byte {
	if n >= 255*255 {
		return 255
	}
	return byte(math.Sqrt(float64(n)))
}
