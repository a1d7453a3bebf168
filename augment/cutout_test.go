package augment

import (
	"testing"
)

func TestCutoutDraws(t *testing.T) {
	// The centre is uniform over 8 x 5 pixels.
	v, _, _ := drawn(t, `{"op": "Cutout", "length": 4}`, 5, 8, 20_000)
	centres := make([]int, 40)
	for i, x := range v["x"] {
		centres[int(v["y"][i]+2)*8+int(x)+2]++
	}
	chiSquare(t, "cutout", centres, even(40))
}

func TestCutoutCoversOneSquare(t *testing.T) {
	for fill, want := range map[string][3]byte{"[]": {10, 20, 30}, "[7]": {7, 7, 7}, "[1, 2, 3]": {1, 2, 3}} {
		p := mustFrom(t, `{"size": 9, "operations": [{"op": "Cutout", "length": 4, "fill": `+fill+`}]}`)
		in := noise(30, 9, 9, 3)
		for i := range in.Data {
			in.Data[i] = byte(10 * (i%3 + 1))
		}
		out := apply(t, p, in, Options{})
		for i := range in.N {
			all, err := p.Explain(9, 9, 3, 0, 0, int64(i), 0)
			if err != nil {
				t.Fatal(err)
			}
			x0, y0 := int(all[0].Values[0].Value), int(all[0].Values[1].Value)
			for k, got := range out[i*243 : (i+1)*243] {
				x, y, c := k/3%9, k/27, k%3
				expected := in.Picture(i)[k]
				if x >= x0 && x < x0+4 && y >= y0 && y < y0+4 {
					expected = want[c]
				}
				if got != expected {
					t.Fatalf("fill %s, picture %d, pixel (%d, %d), channel %d: %d, want %d", fill, i, x, y, c, got, expected)
				}
			}
		}
	}
}

func TestCutoutTakesHalfThePipelineByDefault(t *testing.T) {
	p := mustFrom(t, `{"size": 32, "operations": [{"op": "Cutout"}]}`)
	if got := p.spec.Operations[0].(*Cutout).Length; got != 16 { // CIFAR-10
		t.Errorf("length %d, want 16", got)
	}
}
