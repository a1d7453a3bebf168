package augment

import (
	"math"
	"strings"
	"testing"
)

func TestGaussianNoiseDraws(t *testing.T) {
	v, _, _ := drawn(t, `{"op": "GaussianNoise", "sigma": [5, 9]}`, 8, 8, 20_000)
	uniform(t, "sigma", v["sigma"], 5, 9)
}

func TestGaussianNoiseAddsWhatItSays(t *testing.T) {
	// On a gray picture: mean and deviation of what was added, up to truncation
	// (half a level down, 1/12 of variance).
	in := noise(20, 64, 64, 1)
	for i := range in.Data {
		in.Data[i] = 128
	}
	p := mustFrom(t, `{"size": 64, "operations": [{"op": "GaussianNoise", "sigma": [10, 10]}]}`)
	out := apply(t, p, in, Options{})
	mean, square := 0.0, 0.0
	for _, x := range out {
		mean += float64(x) - 127.5
		square += (float64(x) - 127.5) * (float64(x) - 127.5)
	}
	mean, square = mean/float64(len(out)), square/float64(len(out))
	if math.Abs(mean) > 5*10/math.Sqrt(float64(len(out))) {
		t.Errorf("mean %v", mean)
	}
	if math.Abs(square-100-1./12) > 5*100*math.Sqrt(2/float64(len(out))) {
		t.Errorf("variance %v", square)
	}
}

func TestGaussianNoiseWantsASigma(t *testing.T) {
	_, err := FromSpec([]byte(`{"size": 8, "operations": [{"op": "GaussianNoise"}]}`))
	if err == nil || !strings.Contains(err.Error(), "operations[0].sigma: want two numbers") {
		t.Errorf("got %v", err)
	}
}
