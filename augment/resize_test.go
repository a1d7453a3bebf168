package augment

import (
	"bytes"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

func TestResizeKeepsTheAspectOrNot(t *testing.T) {
	for _, c := range []struct {
		keep       bool
		h, w       int
		outH, outW int
	}{{true, 20, 30, 10, 15}, {true, 31, 20, 15, 10}, {true, 1, 8192, 10, 81920}, {false, 20, 30, 10, 10}} {
		o := &Resize{Size: 10, KeepAspect: c.keep, Interpolation: Bicubic}
		h, w, err := o.shape("", c.h, c.w)
		if err != nil || h != c.outH || w != c.outW {
			t.Errorf("%+v: %d x %d, %v", c, h, w, err)
		}
	}
	if _, _, err := (&Resize{Size: 8192, KeepAspect: true}).shape("operations[0]", 1, 8192); err == nil {
		t.Error("a picture of 2^39 pixels is not refused")
	}
}

// Of a resize, a crop behind it computes only the part that it keeps.
func TestCropBehindAResizeIsTheCropOfTheResize(t *testing.T) {
	in := noise(1, 40, 29, 3)
	for _, size := range []int{50, 33, 21} {
		v, out := new(view), [2][]byte{make([]byte, 16*16*3), make([]byte, 16*16*3)}
		for i := range out {
			v.begin(rng.Key{}, in.H, in.W, in.C, in.Data)
			(&Resize{Size: size, KeepAspect: true, Interpolation: Bicubic}).run(v, &step{})
			if i == 1 {
				v.pixels()
			}
			(&CenterCrop{Size: 16}).run(v, nil)
			v.flip(true, false)
			v.finish(out[i])
		}
		if !bytes.Equal(out[0], out[1]) {
			t.Errorf("size %d: the fused crop gives other bytes", size)
		}
	}
}

func TestResizeOfOneColourKeepsIt(t *testing.T) {
	for _, f := range filters {
		for in := 1; in < 70; in++ {
			for _, out := range []int{1, 2, 3, 7, 16, 17, 40, 64, 100} {
				var a axis
				var work []float64
				a.build(in, out, 0, out, f, false, &work)
				if a.identity {
					continue
				}
				for j := range out {
					s := 0
					for _, w := range a.weights[j*a.k : (j+1)*a.k] {
						s += int(w)
					}
					// 255 times the error of the sum must stay below half a level.
					if d := s - 1<<a.shift; 255*max(d, -d) >= 1<<a.shift/2 {
						t.Fatalf("%d to %d, output %d: weights sum to %d, want %d", in, out, j, s, 1<<a.shift)
					}
				}
			}
		}
	}
}
