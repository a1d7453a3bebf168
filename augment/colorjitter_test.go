package augment

import (
	"bytes"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

func TestColorJitterDraws(t *testing.T) {
	const n = 24_000
	v, applied, order := drawn(t, `{"op": "ColorJitter", "brightness": 0.4, "contrast": 1.5, "saturation": 0.2, "hue": 0.1, "p": 0.8}`, 8, 8, n)
	chiSquare(t, "p", []int{applied, n - applied}, []float64{0.8, 0.2})
	uniform(t, "brightness", v["brightness"], 0.6, 1.4)
	uniform(t, "contrast", v["contrast"], 0, 2.5) // not below 0
	uniform(t, "saturation", v["saturation"], 0.8, 1.2)
	uniform(t, "hue", v["hue"], -0.1, 0.1)
	counts := []int{}
	for sequence, c := range order {
		if sequence != "" {
			counts = append(counts, c)
		}
	}
	if len(counts) != 24 {
		t.Fatalf("%d orders of 24", len(counts))
	}
	chiSquare(t, "order", counts, even(24))
}

func TestFactorOneAndTurnZeroChangeNoByte(t *testing.T) {
	in := noise(1, 21, 23, 3)
	v, out := new(view), make([]byte, len(in.Data))
	v.begin(rng.Key{}, in.H, in.W, in.C, in.Data)
	v.brightness(1)
	v.contrast(1)
	v.saturation(1)
	v.hue(0)
	turnHue(v.plane(0), v.plane(1), v.plane(2), 0, 0) // not left out: the arithmetic itself
	v.finish(out)
	if !bytes.Equal(out, in.Data) {
		t.Error("bytes changed")
	}
}

// Six turns by a sixth, or three by a third, are none: with whole sixths nothing
// is rounded.
func TestSixSixthsOfHueAreNone(t *testing.T) {
	in := noise(1, 21, 23, 3)
	for _, sixths := range []int{1, 2, 3} {
		v, out := new(view), make([]byte, len(in.Data))
		v.begin(rng.Key{}, in.H, in.W, in.C, in.Data)
		for range 6 / sixths {
			v.hue(float64(sixths) / 6)
		}
		v.finish(out)
		if !bytes.Equal(out, in.Data) {
			t.Errorf("%d sixths: bytes changed", sixths)
		}
	}
}

func TestOneChannelHasNoSaturationAndNoHue(t *testing.T) {
	p := mustFrom(t, `{"size": 9, "operations": [{"op": "ColorJitter", "saturation": 1, "hue": 0.5}, {"op": "Grayscale"}]}`)
	in := noise(3, 9, 9, 1)
	if !bytes.Equal(apply(t, p, in, Options{}), in.Data) {
		t.Error("bytes changed")
	}
}
