package augment

import (
	"slices"
	"testing"
)

// Eight pixels are too few for a step; 256 different values are even already.
func TestEqualizeLeavesWhatItCannotSpread(t *testing.T) {
	var table [256]byte
	if equalizing([]byte{1, 2, 3, 4, 5, 6, 7, 8}, &table) {
		t.Error("8 pixels were spread")
	}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if !equalizing(all, &table) {
		t.Fatal("256 pixels were left alone")
	}
	for i, x := range table {
		if int(x) != i {
			t.Errorf("value %d becomes %d", i, x)
		}
	}
}

func TestEqualizeFillsTheRange(t *testing.T) {
	in := noise(1, 64, 64, 1)
	for i := range in.Data {
		in.Data[i] = 100 + in.Data[i]/16 // 16 levels
	}
	p := mustFrom(t, `{"size": 64, "operations": [{"op": "Equalize"}]}`)
	out := apply(t, p, in, Options{})
	if slices.Min(out) != 0 || slices.Max(out) != 255 {
		t.Errorf("values from %d to %d, want 0 to 255", slices.Min(out), slices.Max(out))
	}
}
