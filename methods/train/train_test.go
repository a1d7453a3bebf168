package train

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/core/rng"
	"github.com/jumelle/jumelle/methods"
	"github.com/jumelle/jumelle/methods/evaluate"
)

// made draws n pictures of 16 x 16 in four classes: bars that lie, stand, or lean to
// either side. Their width, place and contrast say nothing about it.
func made(n int) (core.Batch, []int64) {
	const side = 16
	b := core.Batch{N: n, H: side, W: side, C: 3, Data: make([]byte, n*side*side*3)}
	labels := make([]int64, n)
	for i := range n {
		s := rng.Key{Seed: 5, Picture: uint32(i), Operation: rng.Data}.Stream()
		class := i % 4
		labels[i] = int64(class)
		phase, frequency, contrast := s.Uniform(0, 2*math.Pi), s.Uniform(0.9, 2.2), s.Uniform(20, 50)
		base := s.Uniform(90, 165)
		for y := range side {
			for x := range side {
				along := [4]float64{float64(y), float64(x), float64(x+y) * math.Sqrt2 / 2, float64(x-y) * math.Sqrt2 / 2}[class]
				bar := contrast * math.Sin(frequency*along+phase)
				for c := range 3 {
					b.Picture(i)[(y*side+x)*3+c] = byte(min(255, max(0, base+bar+15*s.Normal())))
				}
			}
		}
	}
	return b, labels
}

// spec is a small run: a quarter of the encoder's width, on made pictures. Crops
// are large, since a bar's slope is all there is to learn, and nothing is flipped:
// a mirror would turn one class into another.
func spec(n int) string { return specOf(`"method": "simclr", "projection": [64, 32]`, n) }

func specOf(method string, n int) string {
	return fmt.Sprintf(`{%s, "width": 0.25, "size": 16, "epochs": 10, "batch_size": 64, "pictures": %d, "seed": 3,
		"augment": {"size": 16, "operations": [
		{"op": "RandomResizedCrop", "size": 16, "scale": [0.6, 1]},
		{"op": "ColorJitter", "brightness": 0.4, "contrast": 0.4}]}}`, method, n)
}

func newTrainerFor(t *testing.T, document string) *Trainer {
	t.Helper()
	trainer, err := New([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trainer.Close)
	return trainer
}

// steps trains on for n steps and returns their statistics.
func steps(t *testing.T, trainer *Trainer, pictures core.Batch, n int) []methods.Stats {
	t.Helper()
	rows := make([]int64, trainer.BatchSize())
	batch := pictures
	batch.N = len(rows)
	batch.Data = make([]byte, len(rows)*len(pictures.Picture(0)))
	var all []methods.Stats
	for range n {
		if err := trainer.Next(rows); err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			copy(batch.Picture(i), pictures.Picture(int(r)))
		}
		stats, err := trainer.Step(batch)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, stats)
	}
	return all
}

func features(t *testing.T, trainer *Trainer, pictures core.Batch) ([]float32, int) {
	t.Helper()
	dim, err := trainer.Dim(EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float32, pictures.N*dim)
	if err := trainer.Encode(pictures, EncodeOptions{}, out); err != nil {
		t.Fatal(err)
	}
	return out, dim
}

// accuracy is kNN accuracy of all other rows, with the first 16 as bank.
func accuracy(t *testing.T, x []float32, d int, labels []int64) float64 {
	t.Helper()
	const bank = 16
	result, err := evaluate.KNNAccuracy(x[:bank*d], labels[:bank], x[bank*d:], labels[bank:], d, evaluate.KNNOptions{K: 3, Temperature: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	return result.Accuracy
}

const adamw = `, "optimizer": "adamw", "learning_rate": 0.003, "warmup_epochs": 1`

// learning is a run of each method that takes 160 steps to learn what the pictures
// show: rates, momentum and temperature suit so short a run.
var learning = []string{
	`"method": "simclr", "projection": [64, 32]`,
	`"method": "moco", "version": 1, "projection": [32], "temperature": 0.5, "queue": 256, "momentum": 0.9` + adamw,
	`"method": "moco", "version": 2, "projection": [64, 32], "temperature": 0.5, "queue": 256, "norm_splits": 1, "momentum": 0.9` + adamw,
	`"method": "moco", "version": 3, "projection": [64, 32], "prediction": [64, 32], "temperature": 0.5, "momentum": 0.9` + adamw,
	`"method": "byol", "projection": [64, 64], "prediction": [64, 64], "momentum": 0.9,
		"optimizer": "adamw", "learning_rate": 0.012, "warmup_epochs": 1`,
	`"method": "barlow_twins", "projection": [64, 64], "off_diagonal_weight": 0.05` + adamw,
}

// Of 1008 pictures at least 10 in 100 more are told apart by the features of each
// method than by raw pixels and by the encoder that it started from.
func TestEveryMethodLearnsWhatPixelsAndARandomEncoderDoNotShow(t *testing.T) {
	const margin = 0.1
	pictures, labels := made(1024)
	raw := make([]float32, len(pictures.Data))
	for i, v := range pictures.Data {
		raw[i] = float32(v)
	}
	pixels := accuracy(t, raw, len(pictures.Picture(0)), labels)
	kernels, _, err := Backend(1)
	if err != nil {
		t.Fatal(err)
	}
	runs := learning
	if halves(t) {
		runs = append(slices.Clone(runs), learning[0]+`, "precision": "bfloat16"`)
	}
	for i, method := range runs {
		if i > 0 && kernels.Name() == "portable" {
			break // one method shows that these kernels learn; all would take minutes
		}
		trainer := newTrainerFor(t, specOf(method, pictures.N))
		x, d := features(t, trainer, pictures)
		random := accuracy(t, x, d, labels)
		all := steps(t, trainer, pictures, 10*16)
		x, _ = features(t, trainer, pictures)
		learned, last := accuracy(t, x, d, labels), all[len(all)-1]
		t.Logf("kNN accuracy: pixels %.3f, random encoder %.3f, learned %.3f; loss %.3f of %.3f: %s",
			pixels, random, learned, last.Loss, last.Uninformed, method)
		if learned < max(random, pixels)+margin {
			t.Errorf("learned features are not clearly better: %s", method)
		}
		if warnings := trainer.Warnings(); len(warnings) != 0 {
			t.Errorf("%s: %v", method, warnings)
		}
	}
}

func TestSavedRunGoesOnToTheLastBit(t *testing.T) {
	pictures, _ := made(256)
	whole := newTrainerFor(t, spec(pictures.N))
	want := steps(t, whole, pictures, 10)
	wantFeatures, _ := features(t, whole, pictures)

	broken := newTrainerFor(t, spec(pictures.N))
	steps(t, broken, pictures, 6)
	path := filepath.Join(t.TempDir(), "run.npz")
	if err := broken.Save(path); err != nil {
		t.Fatal(err)
	}
	resumed, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	defer resumed.Close()
	if !bytes.Equal(resumed.Spec(), broken.Spec()) {
		t.Errorf("spec changed: %s, was %s", resumed.Spec(), broken.Spec())
	}
	got := append(resumed.History(), steps(t, resumed, pictures, 4)...)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("step %d: got %+v, want %+v", i+1, got[i], want[i])
		}
	}
	gotFeatures, _ := features(t, resumed, pictures)
	for i := range wantFeatures {
		if gotFeatures[i] != wantFeatures[i] {
			t.Fatalf("feature %d: got %v, want %v", i, gotFeatures[i], wantFeatures[i])
		}
	}
}

func TestBadCalls(t *testing.T) {
	pictures, _ := made(128)
	trainer := newTrainerFor(t, spec(pictures.N))
	before, _ := features(t, trainer, pictures)
	one := core.Batch{N: 1, H: 16, W: 16, C: 3, Data: pictures.Data[:768]}
	gray := core.Batch{N: 64, H: 16, W: 16, C: 1, Data: make([]byte, 64*256)}
	for name, c := range map[string]struct {
		call func() error
		code core.Code
		says string
	}{
		"batch of one": {func() error { _, err := trainer.Step(one); return err }, core.EShape, "trainer_step: images: want at least 2 pictures, got 1"},
		"other batch": {func() error { _, err := trainer.Step(pictures); return err }, core.EShape,
			"trainer_step: images: want batch_size = 64 pictures, got 128"},
		"channels":     {func() error { _, err := trainer.Step(gray); return err }, core.EShape, "trainer_step: images: want shape (n, h, w, 3)"},
		"views":        {func() error { _, err := trainer.StepViews(make([]byte, 5), [5]int{1, 1, 1, 1, 1}); return err }, core.EShape, "trainer_step_views: views: want shape (2, n, 16, 16, 3)"},
		"next":         {func() error { return trainer.Next(make([]int64, 3)) }, core.EShape, "trainer_next: out_indices: want shape (64,), got (3,)"},
		"no block":     {func() error { return trainer.Encode(one, EncodeOptions{Block: 9}, nil) }, core.EInval, "block"},
		"both outputs": {func() error { _, err := trainer.Dim(EncodeOptions{Block: 1, Projected: true}); return err }, core.EInval, "trainer_dim: block: want 0 together with projected, got 1"},
		"out":          {func() error { return trainer.Encode(one, EncodeOptions{}, nil) }, core.EShape, "trainer_encode: out_features: want shape (1, 64), got 0 values"},
		"folder":       {func() error { return trainer.Save(filepath.Join(t.TempDir(), "none", "run.npz")) }, core.EIO, "save"},
		"no file":      {func() error { _, err := Load(filepath.Join(t.TempDir(), "none.npz")); return err }, core.EIO, "load"},
	} {
		err := c.call()
		var e *core.Error
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want code %d and %q", name, err, c.code, c.says)
		}
	}
	after, _ := features(t, trainer, pictures)
	for i := range before {
		if before[i] != after[i] {
			t.Fatal("a refused call changed the trainer")
		}
	}
	if len(trainer.History()) != 0 {
		t.Error("a refused call counts as a step")
	}
}

func TestSpecsThatAreRefused(t *testing.T) {
	for document, says := range map[string]string{
		`{}`:                                                                "trainer_new: method: want one of",
		`{"method": "simclear"}`:                                            `trainer_new: method: want one of simclr, moco, byol, barlow_twins, got "simclear" (did you mean "simclr"?)`,
		`{"method": "simclr", "temprature": 1}`:                             `(did you mean "temperature"?)`,
		`{"method": "simclr", "temperature": 0}`:                            "trainer_new: temperature: want",
		`{"method": "simclr", "encoder": "smal"}`:                           `(did you mean "small"?)`,
		`{"method": "simclr", "stem": "big"}`:                               "stem",
		`{"method": "simclr", "batch_size": 1}`:                             "trainer_new: batch_size: want 2 to",
		`{"method": "simclr", "pictures": 3}`:                               "trainer_new: batch_size: want at most the number of pictures, 3, got 256",
		`{"method": "simclr", "channels": 2}`:                               "trainer_new: channels: want 1 or 3, got 2",
		`{"method": "simclr", "projection": []}`:                            "trainer_new: projection: want",
		`{"method": "simclr", "std": [1, 0, 1]}`:                            "trainer_new: std: want positive",
		`{"method": "simclr", "width": 0}`:                                  "trainer_new: width: want",
		`{"method": "simclr", "augment": {"a":1}}`:                          "trainer_new: augment: pipeline: a: unknown field",
		`{"method": "simclr", "augment": {"preset": "simclr", "size": 16}}`: "trainer_new: augment: want views of the run's size, 32, got size 16",
	} {
		trainer, err := New([]byte(document))
		if err == nil {
			trainer.Close()
			t.Errorf("%s: taken", document)
		} else if !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %s", document, err, says)
		}
	}
}

func TestDivergenceIsAnErrorAndChangesNothing(t *testing.T) {
	pictures, _ := made(64)
	document := strings.Replace(spec(64), `"seed": 3`, `"seed": 3, "learning_rate": 1e30`, 1)
	trainer := newTrainerFor(t, document)
	rows := make([]int64, 64)
	var failure error
	var weights []float32
	for range 4 {
		if err := trainer.Next(rows); err != nil {
			t.Fatal(err)
		}
		weights = append(weights[:0], trainer.weights()...)
		if _, failure = trainer.Step(pictures); failure != nil {
			break
		}
	}
	var e *core.Error
	if !errors.As(failure, &e) || e.Code != core.ENumeric || !strings.HasPrefix(failure.Error(), "trainer_step: loss: want a finite value at step") {
		t.Fatalf("got %v", failure)
	}
	for i, w := range trainer.weights() {
		if w != weights[i] && w == w {
			t.Fatal("the failed step changed a weight")
		}
	}
	for _, w := range []float32{float32(math.NaN()), 1e20} { // whose products overflow, and a ReLU may hide it
		copy(trainer.weights(), make([]float32, len(trainer.weights())))
		trainer.weights()[0] = w
		if err := trainer.Encode(pictures, EncodeOptions{}, make([]float32, 64*64)); !errors.As(err, &e) || e.Code != core.ENumeric {
			t.Errorf("features of an encoder with a weight of %g: got %v", w, err)
		}
	}
}

func TestDamagedRunFilesAreRefused(t *testing.T) {
	pictures, _ := made(64)
	trainer := newTrainerFor(t, spec(64))
	steps(t, trainer, pictures, 1)
	path := filepath.Join(t.TempDir(), "run.npz")
	if err := trainer.Save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut < len(data); cut += len(data)/17 + 1 {
		if err := os.WriteFile(path, data[:cut], 0o666); err != nil {
			t.Fatal(err)
		}
		if resumed, err := Load(path); err == nil {
			resumed.Close()
			t.Errorf("a file cut at %d of %d bytes was taken", cut, len(data))
		}
	}
}

// Kernels take no more threads than the cores of the process, which more would slow.
func TestBackendHasAThreadForEachCoreAtMost(t *testing.T) {
	defer func() { _ = par.SetThreads(0) }()
	for _, c := range []struct{ set, threads, want int }{
		{0, 0, par.Available()}, {1, 0, 1}, {0, 1, 1}, {1, par.MaxThreads, par.Available()}, {par.MaxThreads, 0, par.Available()},
	} {
		if err := par.SetThreads(c.set); err != nil {
			t.Fatal(err)
		}
		backend, _, err := Backend(c.threads)
		if err != nil || backend.Threads() != c.want {
			t.Errorf("set_threads %d, threads %d: %v, %d threads, want %d", c.set, c.threads, err, backend.Threads(), c.want)
		}
	}
	for _, n := range []int{-1, par.MaxThreads + 1} {
		if _, _, err := Backend(n); err == nil || !strings.Contains(err.Error(), "threads: want 0 (all) to 4096, got ") {
			t.Errorf("%d threads: got %v", n, err)
		}
	}
}
