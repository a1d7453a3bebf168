package augment

import "testing"

func TestSolarizeThresholds(t *testing.T) {
	in := noise(1, 16, 16, 3)
	for _, threshold := range []int{0, 1, 128, 255, 256} {
		p, err := New(Spec{Size: 16, Operations: []Operation{&Solarize{Threshold: threshold, P: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range apply(t, p, in, Options{}) {
			want := in.Data[i]
			if int(want) >= threshold {
				want = 255 - want
			}
			if got != want {
				t.Fatalf("threshold %d: %d becomes %d, want %d", threshold, in.Data[i], got, want)
			}
		}
	}
}
