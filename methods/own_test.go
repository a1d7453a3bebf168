package methods

import (
	"path/filepath"
	"testing"

	"github.com/jumelle/jumelle/core/nn"
)

// two is an encoder of two convolutions: all that a network of one's own takes.
type two struct{}

func (two) Encode(l nn.Layers, x *nn.Node, block int) *nn.Node {
	x = l.ReLU(l.BatchNorm("bn1", l.Conv("conv1", x, 6, 3, 2, 1)))
	if block == 1 {
		return x
	}
	return l.ReLU(l.BatchNorm("bn2", l.Conv("conv2", x, 10, 3, 2, 1)))
}

func TestEveryMethodTakesANetworkOfOnesOwn(t *testing.T) {
	for _, name := range names() {
		spec := specOf(t, name, "")
		spec.Encoder, spec.Own = "two", two{}
		trainer := trainerOf(t, spec)
		step(t, trainer, 0)
		if d, err := trainer.Dim(nn.Output{}); err != nil || d != 10 {
			t.Errorf("%s: want 10 features, got %d, %v", name, d, err)
		}
		path := filepath.Join(t.TempDir(), "run.npz")
		check(t, trainer.Save(path))
		want := step(t, trainer, 1)
		run, err := ReadRun(path)
		check(t, err)
		run.Spec.Own = two{}
		resumed, err := run.Resume(backend(t))
		check(t, err)
		if got := step(t, resumed, 1); got != want {
			t.Errorf("%s: resumed: want %+v, got %+v", name, want, got)
		}
		resumed.Free()
	}
}
