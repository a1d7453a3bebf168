package augment

import (
	"bytes"
	"testing"
)

func TestHorizontalFlipDraws(t *testing.T) {
	const n = 20_000
	_, applied, _ := drawn(t, `{"op": "HorizontalFlip", "p": 0.3}`, 8, 8, n)
	chiSquare(t, "flip", []int{applied, n - applied}, []float64{0.3, 0.7})
}

func TestTwoFlipsAreNone(t *testing.T) {
	for _, c := range []int{1, 3} {
		for _, side := range []int{1, 2, 31, 32, 65} {
			in := noise(1, side, side, c)
			p, err := New(Spec{Size: side, Operations: []Operation{
				&HorizontalFlip{P: 1}, &VerticalFlip{P: 1}, &Posterize{Bits: 8, P: 1}, &VerticalFlip{P: 1}, &HorizontalFlip{P: 1}}})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(apply(t, p, in, Options{}), in.Data) {
				t.Errorf("side %d, %d channels: bytes changed", side, c)
			}
		}
	}
}
