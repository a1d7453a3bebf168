package augment

import (
	"bytes"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

func TestRotateDraws(t *testing.T) {
	v, _, _ := drawn(t, `{"op": "Rotate", "degrees": [-20, 50]}`, 8, 8, 20_000)
	uniform(t, "degrees", v["degrees"], -20, 50)
}

// By a right angle nothing is interpolated: Rotate is RotateRight.
func TestRotateByARightAngleIsExact(t *testing.T) {
	in := noise(1, 12, 12, 3)
	for k, degrees := range []float64{0, 90, 180, 270, 360, -90} {
		v, out := new(view), [2][]byte{make([]byte, len(in.Data)), make([]byte, len(in.Data))}
		v.begin(rng.Key{}, 12, 12, 3, in.Data)
		v.rotate(degrees, 0)
		v.finish(out[0])
		v.begin(rng.Key{}, 12, 12, 3, in.Data)
		v.turn([]int{0, 1, 2, 3, 0, 3}[k])
		v.finish(out[1])
		if !bytes.Equal(out[0], out[1]) {
			t.Errorf("%v degrees: not the exact turn", degrees)
		}
	}
}

func TestRotateFillsTheCorners(t *testing.T) {
	in := noise(1, 20, 20, 1)
	for i := range in.Data {
		in.Data[i] = 200
	}
	v, out := new(view), make([]byte, 400)
	v.begin(rng.Key{}, 20, 20, 1, in.Data)
	v.rotate(45, 7)
	v.finish(out)
	if out[0] != 7 || out[399] != 7 || out[10*20+10] != 200 {
		t.Errorf("corners %d and %d, centre %d; want 7, 7, 200", out[0], out[399], out[210])
	}
}
