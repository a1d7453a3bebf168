package methods

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core/ckpt"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/kernel/portable"
	"github.com/jumelle/jumelle/core/rng"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func backend(t testing.TB) kernel.Backend {
	b, err := portable.New(0)
	check(t, err)
	return b
}

const (
	side  = 8 // pixels of the pictures in tests
	batch = 16
)

// everyMethod has what a small run of each needs beside what all share.
var everyMethod = map[string]string{
	"simclr":       `"method": "simclr", "projection": [16, 8]`,
	"moco v1":      `"method": "moco", "version": 1, "projection": [8], "queue": 64, "norm_splits": 2`,
	"moco v2":      `"method": "moco", "projection": [16, 8], "queue": 64, "norm_splits": 2`,
	"moco v3":      `"method": "moco", "version": 3, "projection": [16, 8], "prediction": [16, 8]`,
	"byol":         `"method": "byol", "projection": [16, 8], "prediction": [16, 8]`,
	"barlow_twins": `"method": "barlow_twins", "projection": [16, 12]`,

	"simclr in slices":       `"method": "simclr", "projection": [16, 8], "micro_batch": 8`,
	"moco v3 in slices":      `"method": "moco", "version": 3, "projection": [16, 8], "prediction": [16, 8], "micro_batch": 8`,
	"byol in slices":         `"method": "byol", "projection": [16, 8], "prediction": [16, 8], "micro_batch": 8`,
	"barlow_twins in slices": `"method": "barlow_twins", "projection": [16, 12], "micro_batch": 8`,
}

func names() []string { return slices.Sorted(maps.Keys(everyMethod)) }

// specOf is a small run; extra begins with a comma and wins over what is there.
func specOf(t testing.TB, name, extra string) Spec {
	t.Helper()
	s, err := ParseSpec("trainer_new", []byte(`{`+everyMethod[name]+`, "width": 0.125, "size": 8, "batch_size": 16, "pictures": 64, "epochs": 4, "seed": 3`+extra+`}`))
	check(t, err)
	return s
}

func trainerOf(t testing.TB, s Spec) *Trainer {
	t.Helper()
	trainer, err := NewTrainer(s, backend(t))
	check(t, err)
	t.Cleanup(trainer.Free)
	return trainer
}

// viewsOf draws views of a step's pictures: a picture has a colour and a slope,
// which both of its views show, under noise of their own.
func viewsOf(step int) ([]byte, [5]int) {
	shape := [5]int{2, batch, side, side, 3}
	data := make([]byte, 0, 2*batch*side*side*3)
	for v := range 2 {
		for i := range batch {
			picture := rng.Key{Seed: 1, Epoch: uint32(step), Picture: uint32(i), Operation: rng.Data}.Stream()
			noise := rng.Key{Seed: 1, Epoch: uint32(step), Picture: uint32(i), View: uint16(v + 1), Operation: rng.Data}.Stream()
			colour := [3]float64{picture.Uniform(60, 190), picture.Uniform(60, 190), picture.Uniform(60, 190)}
			slope := picture.Uniform(-8, 8)
			for p := range side * side {
				for c := range 3 {
					value := colour[c] + slope*(float64(p%side)-side/2) + 12*noise.Normal()
					data = append(data, byte(min(255, max(0, value))))
				}
			}
		}
	}
	return data, shape
}

func step(t testing.TB, trainer *Trainer, number int) Stats {
	t.Helper()
	data, shape := viewsOf(number)
	stats, err := trainer.StepViews(data, shape)
	check(t, err)
	return stats
}

// gradients runs the method without a step.
func gradients(t testing.TB, trainer *Trainer, number int) Result {
	t.Helper()
	data, shape := viewsOf(number)
	views, err := trainer.checkViews(data, shape)
	check(t, err)
	trainer.method.Online().begin()
	result, err := trainer.method.Gradients(views)
	check(t, err)
	return result
}

// file is the arrays of what a trainer saves.
func file(t testing.TB, trainer *Trainer) *ckpt.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.npz")
	check(t, trainer.Save(path))
	f, err := ckpt.Read(path)
	check(t, err)
	return f
}

func array(t testing.TB, f *ckpt.File, name string) []float32 {
	t.Helper()
	shape, ok := f.Shape(name)
	if !ok {
		t.Fatalf("the file has no %s, but %v", name, f.Names)
	}
	x, err := f.Float32s(name, shape...)
	check(t, err)
	return x
}

func document(t testing.TB, s Spec) map[string]any {
	t.Helper()
	var m map[string]any
	check(t, json.Unmarshal(s.Document(), &m))
	return m
}
