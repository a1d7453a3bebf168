package augment

import (
	"testing"
)

func TestRandomCropDraws(t *testing.T) {
	// 8 + 2*2 - 6 + 1 = 7 places each way.
	v, _, _ := drawn(t, `{"op": "RandomCrop", "size": 6, "padding": 2}`, 8, 8, 20_000)
	places := make([]int, 49)
	for i, x := range v["x"] {
		places[int(v["y"][i]+2)*7+int(x)+2]++
	}
	chiSquare(t, "crop", places, even(49))
}

func TestRandomCropFillsTheBorder(t *testing.T) {
	p := mustFrom(t, `{"size": 6, "operations": [{"op": "RandomCrop", "padding": 3, "fill": 9}]}`)
	for _, c := range []int{1, 3} {
		in := noise(40, 5, 7, c)
		for i := range in.Data {
			in.Data[i] |= 16 // never 9
		}
		out := apply(t, p, in, Options{})
		for i := range in.N {
			all, err := p.Explain(5, 7, c, 0, 0, int64(i), 0)
			if err != nil {
				t.Fatal(err)
			}
			x0, y0 := int(all[0].Values[0].Value), int(all[0].Values[1].Value)
			for k, got := range out[i*36*c : (i+1)*36*c] {
				y, x, want := y0+k/c/6, x0+k/c%6, byte(9)
				if y >= 0 && y < 5 && x >= 0 && x < 7 {
					want = in.Picture(i)[(y*7+x)*c+k%c]
				}
				if got != want {
					t.Fatalf("picture %d, byte %d: %d, want %d", i, k, got, want)
				}
			}
		}
	}
}

func TestRandomCropRefusesSmallPictures(t *testing.T) {
	p := mustFrom(t, `{"size": 6, "operations": [{"op": "RandomCrop", "padding": 1}]}`)
	err := p.Apply(noise(1, 3, 9, 3), Options{}, make([]byte, 108))
	const want = "pipeline_apply: operations[0].size: want pictures of at least 6 pixels a side with a border of 1, got 3 x 9"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
