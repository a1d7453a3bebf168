package augment

import (
	"bytes"
	"math"
	"testing"
)

func TestGaussianBlurDraws(t *testing.T) {
	const n = 20_000
	v, applied, _ := drawn(t, `{"op": "GaussianBlur", "sigma": [0.1, 2], "p": 0.5}`, 8, 8, n)
	chiSquare(t, "blur", []int{applied, n - applied}, even(2))
	uniform(t, "sigma", v["sigma"], 0.1, 2)
}

// The kernels of methods.md, section 10.
func TestGaussianWeightsAreGolden(t *testing.T) {
	for _, c := range []struct {
		sigma  float64
		radius int
		want   []float64
	}{{1, 2, []float64{0.40261995, 0.24420134, 0.05448868}}, {0.1, 1, []float64{1}}} {
		got := gaussianWeights(c.sigma, c.radius, nil)
		if len(got) != len(c.want) {
			t.Fatalf("sigma %v: %d weights, want %d", c.sigma, len(got), len(c.want))
		}
		for i, w := range got {
			if math.Abs(float64(w)/(1<<blurShift)-c.want[i]) > 1./(1<<blurShift) {
				t.Errorf("sigma %v, weight %d: %v, want %v", c.sigma, i, float64(w)/(1<<blurShift), c.want[i])
			}
		}
	}
}

func TestGaussianWeightsSumToOne(t *testing.T) {
	for sigma := 0.05; sigma < 200; sigma *= 1.3 {
		w := gaussianWeights(sigma, min(maxBlurRadius, int(3*sigma)+1), nil)
		sum := int(w[0])
		for _, x := range w[1:] {
			sum += 2 * int(x)
		}
		if sum != 1<<blurShift {
			t.Errorf("sigma %v: weights sum to %d", sigma, sum)
		}
	}
}

func TestBlurOfOneColourKeepsIt(t *testing.T) {
	for _, side := range []int{1, 2, 5, 31, 40} {
		p, err := New(Spec{Size: side, Operations: []Operation{&GaussianBlur{Sigma: [2]float64{0.1, 200}, P: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		in := noise(20, side, side, 3)
		for i := range in.N {
			for j := range in.Picture(i) {
				in.Picture(i)[j] = byte(i * 13)
			}
		}
		if !bytes.Equal(apply(t, p, in, Options{}), in.Data) {
			t.Errorf("side %d: bytes changed", side)
		}
	}
}
