package augment

import "testing"

func TestVerticalFlipTurnsRowsAround(t *testing.T) {
	in := noise(1, 7, 7, 3)
	p := mustFrom(t, `{"size": 7, "operations": [{"op": "VerticalFlip", "p": 1}]}`)
	out := apply(t, p, in, Options{})
	for i, got := range out {
		if want := in.Data[(6-i/21)*21+i%21]; got != want {
			t.Fatalf("byte %d: %d, want %d", i, got, want)
		}
	}
}
