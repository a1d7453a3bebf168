package augment

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

func TestRandomResizedCropDraws(t *testing.T) {
	const n, side = 20_000, 4000
	// Areas of at most 0.5 always fit, so that nothing is drawn twice.
	v, _, _ := drawn(t, `{"op": "RandomResizedCrop", "scale": [0.08, 0.5]}`, side, side, n)
	uniform(t, "scale", slices.Clone(v["scale"]), 0.08, 0.5)
	ratio, x, y := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		w, h := v["width"][i], v["height"][i]
		ratio[i] = math.Log(w / h)
		x[i] = (v["x"][i] + 0.5) / (side - w + 1)
		y[i] = (v["y"][i] + 0.5) / (side - h + 1)
	}
	uniform(t, "ln ratio", ratio, math.Log(3./4), math.Log(4./3))
	uniform(t, "x", x, 0, 1)
	uniform(t, "y", y, 0, 1)
}

// A picture far from every allowed shape: the largest allowed part of its middle.
func TestRandomResizedCropFallsBackToTheMiddle(t *testing.T) {
	o := &RandomResizedCrop{Scale: [2]float64{0.9, 1}, Ratio: [2]float64{3. / 4, 4. / 3}}
	s := new(stream)
	for _, c := range []struct{ height, width, y, x, h, w int }{
		{300, 30, 130, 0, 40, 30}, // 30 / (3/4) = 40
		{30, 300, 0, 130, 30, 40}, // 30 * 4/3 = 40
		{1, 100, 0, 49, 1, 1},
		{30, 30, 0, 0, 30, 30},
	} {
		if c.height == c.width {
			o = &RandomResizedCrop{Scale: [2]float64{1, 1}, Ratio: [2]float64{1, 1}}
		}
		if y, x, h, w := o.draw(s, c.height, c.width); y != c.y || x != c.x || h != c.h || w != c.w {
			t.Errorf("%d x %d: %d x %d at (%d, %d), want %d x %d at (%d, %d)", c.height, c.width, h, w, y, x, c.h, c.w, c.y, c.x)
		}
	}
}

// Cropping, resizing and flipping at once is cropping, then flipping.
func TestFlipBehindACropIsTheFlipOfTheCrop(t *testing.T) {
	in := noise(1, 23, 31, 3)
	for _, size := range []int{9, 17, 40} {
		for _, f := range []*filter{filters[Bilinear], filters[Bicubic]} {
			v, out := new(view), [2][]byte{make([]byte, size*size*3), make([]byte, size*size*3)}
			for i := range out {
				v.begin(rng.Key{}, in.H, in.W, in.C, in.Data)
				v.resize(2, 3, 19, 27, size, size, f)
				if i == 1 {
					v.pixels()
				}
				v.flip(true, true)
				v.finish(out[i])
			}
			if !bytes.Equal(out[0], out[1]) {
				t.Errorf("size %d: the fused flip gives other bytes", size)
			}
		}
	}
}
