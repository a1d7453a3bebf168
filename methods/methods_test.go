package methods

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

// The gradient that the optimizer gets is that of the loss that is reported, of
// the whole batch, however many parts went through the network: along a direction,
// against central differences. Targets, keys and queues are constants in both.
func TestGradientsAreThoseOfTheLoss(t *testing.T) {
	for _, name := range names() {
		trainer := trainerOf(t, specOf(t, name, `, "optimizer": "sgd"`)) // AdamW goes so far at first that curvature shows
		for i := range 3 {                                               // away from the start, where target and online are one
			step(t, trainer, i)
		}
		gradients(t, trainer, 3)
		params := trainer.method.Online().Params
		start, direction, norm, want := slices.Clone(params.Values), make([]float32, len(params.Values)), 0.0, 0.0
		s := rng.Key{Seed: 9}.Stream()
		for _, q := range params.List {
			for j := q.Offset; j < q.Offset+q.Len(); j++ {
				g := params.Grads[j]
				direction[j] = g + 0.05*float32(s.Normal()*math.Abs(float64(g)))
				norm += float64(direction[j]) * float64(direction[j])
				want += float64(direction[j]) * float64(g)
			}
		}
		norm = math.Sqrt(norm)
		value := func(h float64) float64 {
			for i := range params.Values {
				params.Values[i] = start[i] + float32(h/norm)*direction[i]
			}
			return gradients(t, trainer, 3).Loss
		}
		const h = 1e-3
		got := (value(h) - value(-h)) / (2 * h) * norm
		if math.Abs(got-want) > 0.02*math.Abs(want) {
			t.Errorf("%s: want %g, got %g", name, want, got)
		}
	}
}

// Until the step is known to be valid nothing that a file would hold changes.
func TestGradientsChangeNothing(t *testing.T) {
	for _, name := range names() {
		trainer := trainerOf(t, specOf(t, name, ""))
		step(t, trainer, 0)
		before := file(t, trainer)
		gradients(t, trainer, 1)
		after := file(t, trainer)
		for _, n := range before.Names {
			if n == "queue_next" {
				continue
			}
			if !slices.Equal(array(t, before, n), array(t, after, n)) {
				t.Errorf("%s: %s changed", name, n)
			}
		}
	}
}

// Statistics of batches are those of one view in all methods but SimCLR: what the
// other view shows does not matter to an embedding.
func TestViewsAreNormalisedApart(t *testing.T) {
	for _, name := range names() {
		trainer := trainerOf(t, specOf(t, name, ""))
		data, shape := viewsOf(0)
		embed := func() []float32 {
			views, err := trainer.checkViews(data, shape)
			check(t, err)
			trainer.method.Online().begin()
			r, err := trainer.method.Gradients(views)
			check(t, err)
			return slices.Clone(r.Embeddings[:r.N*r.D])
		}
		first := embed()
		second := data[len(data)/2:]
		for i := range second {
			second[i] = 255 - second[i]
		}
		if same := slices.Equal(first, embed()); same == strings.HasPrefix(name, "simclr") {
			t.Errorf("%s: the other view's statistics: same embeddings: %v", name, same)
		}
	}
}

// A run that was saved and loaded ends with the same file, byte for byte, as one
// that was not: parameters, target, statistics, queue, optimizer, history.
func TestResumedRunsAreUnbrokenRuns(t *testing.T) {
	for _, name := range names() {
		for _, optimizer := range []string{"", `, "optimizer": "lars"`, `, "optimizer": "adamw", "gradient_clip": 0.5`} {
			if optimizer != "" && name != "moco v2" && name != "byol" {
				continue
			}
			spec := specOf(t, name, optimizer)
			folder := t.TempDir()
			save := func(trainer *Trainer, as string) []byte {
				path := filepath.Join(folder, as)
				check(t, trainer.Save(path))
				data, err := os.ReadFile(path)
				check(t, err)
				return data
			}
			whole := trainerOf(t, spec)
			for i := range 7 {
				step(t, whole, i)
			}
			want := save(whole, "whole.npz")
			var broken *Trainer
			for _, part := range [][2]int{{0, 1}, {1, 4}, {4, 7}} {
				if broken == nil {
					broken = trainerOf(t, spec)
				} else {
					run, err := ReadRun(filepath.Join(folder, "broken.npz"))
					check(t, err)
					broken, err = run.Resume(backend(t))
					check(t, err)
				}
				for i := part[0]; i < part[1]; i++ {
					step(t, broken, i)
				}
				got := save(broken, "broken.npz")
				if part[1] == 7 && !bytes.Equal(got, want) {
					t.Errorf("%s%s: the resumed run's file differs", name, optimizer)
				}
				broken.Free()
			}
		}
	}
}

// The target follows the stepped parameters, and has statistics of its own.
func TestTargetsFollow(t *testing.T) {
	for name, momentum := range map[string]func(step int) float64{
		"moco v1": func(int) float64 { return 0.75 },
		"moco v2": func(int) float64 { return 0.75 },
		// 16 steps in all: half a cosine from 0.75 to 1.
		"byol":    func(s int) float64 { return 1 - 0.25*0.5*(1+math.Cos(math.Pi*float64(s)/16)) },
		"moco v3": func(s int) float64 { return 1 - 0.25*0.5*(1+math.Cos(math.Pi*float64(s+1)/16)) },
	} {
		trainer := trainerOf(t, specOf(t, name, `, "momentum": 0.75`))
		before := file(t, trainer)
		for i := range 3 {
			step(t, trainer, i)
			after := file(t, trainer)
			m := momentum(i)
			for _, weight := range []string{"conv1.weight", "projection.0.weight"} {
				old, online, got := array(t, before, "target."+weight), array(t, after, weight), array(t, after, "target."+weight)
				for j := range got {
					want := m*float64(old[j]) + (1-m)*float64(online[j])
					if math.Abs(float64(got[j])-want) > 1e-6 {
						t.Fatalf("%s, step %d: %s: want %g, got %g", name, i, weight, want, got[j])
					}
				}
			}
			before = after
		}
		if mean := "bn1.running_mean"; slices.Equal(array(t, before, mean), array(t, before, "target."+mean)) {
			t.Errorf("%s: the target has the online network's statistics", name)
		}
		if _, ok := before.Shape("target.prediction.0.weight"); ok {
			t.Errorf("%s: the target predicts", name)
		}
		for i, g := range target_(trainer).Params.Grads {
			if g != 0 {
				t.Fatalf("%s: gradient %d of the target is %g", name, i, g)
			}
		}
	}
}

func target_(t *Trainer) *Network {
	switch m := t.method.(type) {
	case *moco:
		return m.target.Network
	case *mocoV3:
		return m.target.Network
	case *byol:
		return m.target.Network
	}
	return nil
}

// Momentum 1 leaves the target as it is, and 0 makes it a copy.
func TestTargetsThatStayAndThatCopy(t *testing.T) {
	for _, name := range []string{"moco v2", "byol"} {
		for _, momentum := range []string{"1", "0"} {
			// With 0 BYOL's would rise: a run of unknown length keeps it.
			spec := specOf(t, name, `, "momentum": `+momentum)
			spec.Pictures = 0
			trainer := trainerOf(t, spec)
			start := array(t, file(t, trainer), "conv2.weight")
			step(t, trainer, 0)
			after := file(t, trainer)
			want := start
			if momentum == "0" {
				want = array(t, after, "conv2.weight")
			}
			if !slices.Equal(array(t, after, "target.conv2.weight"), want) {
				t.Errorf("%s, momentum %s: not so", name, momentum)
			}
			if slices.Equal(start, array(t, after, "conv2.weight")) {
				t.Errorf("%s: the online network did not move", name)
			}
		}
	}
}

// MoCo v3's last batch norm of the projection has no scale and shift to learn.
func TestFixedScalesStay(t *testing.T) {
	trainer := trainerOf(t, specOf(t, "moco v3", ""))
	for i := range 2 {
		step(t, trainer, i)
	}
	f := file(t, trainer)
	for i := range 8 {
		if scale, shift := array(t, f, "projection.4.weight")[i], array(t, f, "projection.4.bias")[i]; scale != 1 || shift != 0 {
			t.Fatalf("value %d: scale %g, shift %g", i, scale, shift)
		}
		if array(t, f, "projection.1.weight")[0] == 1 {
			t.Fatal("the inner norm's scale does not learn")
		}
	}
}
