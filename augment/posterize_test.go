package augment

import "testing"

func TestPosterizeKeepsTheTopBits(t *testing.T) {
	in := noise(1, 16, 16, 3)
	for bits := 1; bits <= 8; bits++ {
		p, err := New(Spec{Size: 16, Operations: []Operation{&Posterize{Bits: bits, P: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range apply(t, p, in, Options{}) {
			if want := in.Data[i] >> (8 - bits) << (8 - bits); got != want {
				t.Fatalf("%d bits: %d becomes %d, want %d", bits, in.Data[i], got, want)
			}
		}
	}
}
