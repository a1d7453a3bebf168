package augment

import (
	"bytes"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

func TestRotateRightDraws(t *testing.T) {
	v, _, _ := drawn(t, `{"op": "RotateRight"}`, 8, 8, 20_000)
	turns := make([]int, 4)
	for _, d := range v["degrees"] {
		turns[int(d)/90]++
	}
	chiSquare(t, "right angles", turns, even(4))
}

func TestRightAnglesAddUp(t *testing.T) {
	in := noise(1, 13, 21, 3)
	for _, turns := range [][]int{{1, 1, 1, 1}, {1, 3}, {3, 1}, {2, 2}, {2, 1, 1}, {3, 3, 2}} {
		v, out := new(view), make([]byte, len(in.Data))
		v.begin(rng.Key{}, in.H, in.W, in.C, in.Data)
		for _, k := range turns {
			v.turn(k)
		}
		v.finish(out)
		if !bytes.Equal(out, in.Data) {
			t.Errorf("%v: bytes changed", turns)
		}
	}
}

func TestRotateRightOfPicturesThatAreNotSquare(t *testing.T) {
	for _, c := range []struct {
		angles []int
		p      float64
		h, w   int // of 3 x 5; 0: refused
	}{{[]int{0, 180}, 0.5, 3, 5}, {[]int{90, 270}, 1, 5, 3}, {[]int{90, 270}, 0.5, 0, 0}, {[]int{0, 90}, 1, 0, 0}, {[]int{90}, 0, 3, 5}} {
		h, w, err := (&RotateRight{Angles: c.angles, P: c.p}).shape("operations[0]", 3, 5)
		if h != c.h || w != c.w || (err == nil) != (c.h > 0) {
			t.Errorf("%+v: %d x %d, %v", c, h, w, err)
		}
	}
}
