package augment

import "testing"

func TestGrayscaleDraws(t *testing.T) {
	const n = 20_000
	_, applied, _ := drawn(t, `{"op": "Grayscale", "p": 0.2}`, 8, 8, n)
	chiSquare(t, "gray", []int{applied, n - applied}, []float64{0.2, 0.8})
}

// Primary colours by hand: 0.2989, 0.587 and 0.114 of 255, truncated.
func TestGrayOfPrimaryColours(t *testing.T) {
	for _, c := range []struct{ r, g, b, want byte }{
		{255, 0, 0, 76}, {0, 255, 0, 149}, {0, 0, 255, 29}, {0, 0, 0, 0},
		{255, 255, 255, 254}, // the weights sum to 0.9999
	} {
		if got := gray(c.r, c.g, c.b); got != c.want {
			t.Errorf("gray(%d, %d, %d) = %d, want %d", c.r, c.g, c.b, got, c.want)
		}
	}
}
