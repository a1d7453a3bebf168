package methods

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/opt"
)

// A complete spec is its own completion: the document in a file starts the same run
// again.
func TestCompleteSpecsStayAsTheyAre(t *testing.T) {
	list := Presets()
	for _, name := range names() {
		list = append(list, specOf(t, name, ""), specOf(t, name, `, "optimizer": "adamw"`), specOf(t, name, `, "optimizer": "lars", "preset": "paper"`))
	}
	for _, s := range list {
		again, err := ParseSpec("test", s.Document())
		check(t, err)
		if !bytes.Equal(again.Document(), s.Document()) {
			t.Errorf("%s became %s", s.Document(), again.Document())
		}
	}
}

// What the papers' presets set, from the tables of the papers (for their batch and
// number of epochs).
func TestPapersPresets(t *testing.T) {
	want := map[string]map[string]any{
		"simclr": {"projection": []any{2048., 128.}, "temperature": 0.1, "optimizer": "lars", "learning_rate": 4.8, "weight_decay": 1e-6, "warmup_epochs": 10., "schedule": "cosine"},
		"moco 1": {"projection": []any{128.}, "temperature": 0.07, "queue": 65536., "momentum": 0.999, "norm_splits": 8., "optimizer": "sgd", "optimizer_momentum": 0.9,
			"nesterov": false, "learning_rate": 0.03, "weight_decay": 1e-4, "schedule": "steps", "warmup_epochs": 0.},
		"moco 2": {"projection": []any{2048., 128.}, "temperature": 0.2, "queue": 65536., "momentum": 0.999, "optimizer": "sgd", "learning_rate": 0.03, "schedule": "cosine_by_epoch"},
		"moco 3": {"projection": []any{4096., 256.}, "prediction": []any{4096., 256.}, "temperature": 1., "momentum": 0.99, "optimizer": "lars",
			"learning_rate": 4.8, "weight_decay": 1e-6, "warmup_epochs": 10.}, // 300 epochs: 0.3 for 256
		"byol": {"projection": []any{4096., 256.}, "prediction": []any{4096., 256.}, "momentum": 0.996, "optimizer": "lars", "optimizer_momentum": 0.9, "trust": 1e-3,
			"learning_rate": 3.2, "weight_decay": 1.5e-6, "warmup_epochs": 10.}, // 1000 epochs: 0.2 for 256
		"barlow_twins": {"projection": []any{8192., 8192., 8192.}, "off_diagonal_weight": 0.0051, "optimizer": "lars", "learning_rate": 1.6, "bias_rate": 0.024,
			"weight_decay": 1e-6, "final_rate": 1e-3, "warmup_epochs": 10.},
	}
	seen := 0
	for _, s := range Presets() {
		name := s.Method
		if s.Version != 0 {
			name += " " + itoa(s.Version)
		}
		if s.Preset != "paper" {
			continue
		}
		seen++
		got := document(t, s)
		for field, value := range want[name] {
			g := got[field]
			if x, ok := value.(float64); ok {
				if y, ok := g.(float64); ok && math.Abs(x-y) <= 1e-9*math.Abs(x) {
					continue
				}
			}
			if !reflect.DeepEqual(g, value) {
				t.Errorf("%s: %s: want %v, got %v", name, field, value, g)
			}
		}
	}
	if seen != len(want) {
		t.Errorf("want %d presets, got %d", len(want), seen)
	}
	short := Spec{Method: "byol", Preset: "paper", Epochs: 40, BatchSize: 256}
	full := Defaults()
	full.Method, full.Preset, full.Epochs = short.Method, short.Preset, short.Epochs
	full, err := full.Complete("test")
	check(t, err)
	if *full.Momentum != 0.97 || *full.LearningRate != 0.45 || *full.WarmupEpochs != 4 {
		t.Errorf("40 epochs of BYOL: %s", full.Document())
	}
}

// Settings for little data, and that they follow the data.
func TestSmallPresets(t *testing.T) {
	complete := func(document string) Spec {
		s, err := ParseSpec("test", []byte(document))
		check(t, err)
		return s
	}
	s := complete(`{"method": "moco", "pictures": 10000}`)
	if s.Preset != "small" || s.Version != 2 || *s.Queue != 4096 || *s.Momentum != 0.99 || *s.Temperature != 0.2 || *s.NormSplits != 8 || !slices.Equal(s.Projection, []int{256, 128}) {
		t.Errorf("moco: %s", s.Document())
	}
	// Few pictures: a queue of at most half of them, in whole batches; small batches: fewer parts.
	if s := complete(`{"method": "moco", "pictures": 1000, "batch_size": 64}`); *s.Queue != 448 || *s.NormSplits != 2 {
		t.Errorf("moco: %s", s.Document())
	}
	if s := complete(`{"method": "moco", "pictures": 100, "batch_size": 100}`); *s.Queue != 100 || *s.NormSplits != 2 {
		t.Errorf("moco: %s", s.Document())
	}
	if s := complete(`{"method": "barlow_twins", "projection": [64, 32]}`); *s.OffDiagonalWeight != 1./32 {
		t.Errorf("barlow_twins: %s", s.Document())
	}
	if s := complete(`{"method": "byol", "projection": [64, 32]}`); !slices.Equal(s.Prediction, []int{1024, 32}) {
		t.Errorf("a prediction ends as the projection does: %s", s.Document())
	}
	if short, long := complete(`{"method": "byol", "epochs": 30}`), complete(`{"method": "byol", "epochs": 31}`); *short.Momentum != 0.9 || *long.Momentum != 0.99 {
		t.Errorf("a short run wants a target that follows sooner: %v, %v", *short.Momentum, *long.Momentum)
	}
	if s := complete(`{"method": "barlow_twins"}`); s.Optimizer != "adamw" || *s.LearningRate != 1e-3 || *s.OffDiagonalWeight != 1./1024 {
		t.Errorf("barlow_twins: %s", s.Document())
	}
	if s := complete(`{"method": "simclr", "batch_size": 128}`); *s.LearningRate != 0.06 || *s.WeightDecay != 5e-4 || *s.Temperature != 0.5 || !slices.Equal(s.Projection, []int{256, 128}) {
		t.Errorf("simclr: %s", s.Document())
	}
}

func TestAutoChoosesByTheData(t *testing.T) {
	for _, c := range []struct{ data, preset string }{
		{`"size": 224, "pictures": 1281167, "batch_size": 1024`, "paper"},
		{`"size": 224, "pictures": 1281167, "batch_size": 128`, "small"},
		{`"size": 32, "pictures": 1281167, "batch_size": 1024`, "small"},
		{`"size": 224, "pictures": 10000, "batch_size": 1024`, "small"},
		{`"size": 224, "batch_size": 1024`, "small"}, // how many is not known
	} {
		s, err := ParseSpec("test", []byte(`{"method": "simclr", `+c.data+`}`))
		check(t, err)
		if s.Preset != c.preset {
			t.Errorf("%s: want %s, got %s", c.data, c.preset, s.Preset)
		}
	}
}

func TestFieldsOfOthersAreRefused(t *testing.T) {
	for document, says := range map[string]string{
		`"method": "simclr", "queue": 4096`:                                 "queue: want none for simclr with sgd: it is for moco 1 and 2",
		`"method": "simclr", "momentum": 0.9`:                               "momentum: want none for simclr with sgd: it is for byol and moco, whose target network it slows down; the optimizer's is optimizer_momentum",
		`"method": "simclr", "version": 2`:                                  "version: want none for simclr",
		`"method": "simclr", "prediction": []`:                              "prediction: want none for simclr",
		`"method": "moco", "prediction": [8]`:                               "prediction: want none for moco 2",
		`"method": "moco", "version": 3, "queue": 64`:                       "queue: want none for moco 3",
		`"method": "moco", "version": 3, "norm_splits": 2`:                  "norm_splits: want none for moco 3",
		`"method": "moco", "version": 4`:                                    "version: want 0 to 3, got 4",
		`"method": "moco", "off_diagonal_weight": 1`:                        "off_diagonal_weight: want none for moco 2",
		`"method": "byol", "temperature": 1`:                                "temperature: want none for byol",
		`"method": "barlow_twins", "momentum": 1`:                           "momentum: want none for barlow_twins",
		`"method": "simclr", "trust": 1`:                                    "trust: want none for simclr with sgd: it is for lars",
		`"method": "simclr", "optimizer": "lars", "nesterov": true`:         "nesterov: want none for simclr with lars: it is for sgd",
		`"method": "byol", "optimizer": "adamw", "optimizer_momentum": 0.9`: "optimizer_momentum: want none for byol with adamw: it is for sgd and lars",
		`"method": "moco", "queue": 100`:                                    "queue: want at least the keys of one batch, 256, got 100",
		`"method": "moco", "norm_splits": 3`:                                "norm_splits: want a number that divides batch_size = 256 into parts of at least 2, got 3",
		`"method": "byol", "prediction": [64, 100], "projection": [64]`:     "prediction: want 64 values at last, as the projection has, got 100",
		`"method": "byol", "momentum": 1.5`:                                 "momentum: want a number from 0 to 1, got 1.5",
		`"method": "byol", "projection": [0]`:                               "projection: want widths from 1 to 65536, got 0",
		`"method": "byol", "projection": []`:                                "projection: want the widths of at least one layer, got none",
		`"method": "byol", "bias_rate": 0`:                                  "bias_rate: want",
		`"method": "byol", "gradient_clip": -1`:                             "gradient_clip: want",
		`"method": "byol", "final_rate": 2`:                                 "final_rate: want a number from 0 to 1, got 2",
		`"method": "byol", "schedule": "cosin"`:                             `(did you mean "cosine"?)`,
		`"method": "byol", "optimizer": "adam"`:                             `(did you mean "adamw"?)`,
		`"method": "byol", "preset": "papers"`:                              `(did you mean "paper"?)`,
		`"method": "byol", "encoder": "resnet17"`:                           `(did you mean "resnet18"?)`,
	} {
		s, err := ParseSpec("trainer_new", []byte(`{`+document+`}`))
		if err == nil { // the network's own fields are checked where it is made
			var trainer *Trainer
			if trainer, err = NewTrainer(s, backend(t)); err == nil {
				trainer.Free()
			}
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: want %q, got %v", document, says, err)
		}
	}
}

func TestOptimizersByName(t *testing.T) {
	for _, c := range []struct {
		extra string
		want  opt.Optimizer
	}{
		{`, "nesterov": true, "weight_decay": 0.25`, &opt.SGD{Momentum: 0.9, WeightDecay: 0.25, Nesterov: true}},
		{`, "optimizer_momentum": 0.5`, &opt.SGD{Momentum: 0.5, WeightDecay: 5e-4}},
		{`, "optimizer": "lars", "trust": 0.02`, &opt.LARS{Momentum: 0.9, WeightDecay: 1e-6, Trust: 0.02}},
		{`, "optimizer": "adamw"`, &opt.AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01}},
	} {
		if got := newOptimizer(specOf(t, "simclr", c.extra)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: want %+v, got %+v", c.extra, c.want, got)
		}
	}
	// Another optimizer brings a rate and a decay of its own, which explicit ones win over.
	if s := specOf(t, "byol", `, "optimizer": "adamw", "batch_size": 32`); *s.LearningRate != 1e-3/8 {
		t.Errorf("rate of adamw: %g", *s.LearningRate)
	}
	if s := specOf(t, "byol", `, "optimizer": "adamw", "learning_rate": 0.5`); *s.LearningRate != 0.5 {
		t.Errorf("rate: %g", *s.LearningRate)
	}
}

// Biases, scales and shifts have neither decay nor adaptation, and their own rate;
// fixed ones are left out.
func TestGroupsOfTheOptimizer(t *testing.T) {
	trainer := trainerOf(t, specOf(t, "moco v3", `, "bias_rate": 0.024`))
	params := trainer.method.Online().Params
	at := 0
	for _, p := range params.List {
		if p.Fixed {
			continue
		}
		g, matrix := trainer.groups[at], len(p.Shape) > 1
		want := opt.Group{Offset: p.Offset, Len: p.Len(), Adapt: matrix, Decay: matrix}
		if !matrix {
			want.Rate = 0.024
		}
		if g != want {
			t.Errorf("%s: want %+v, got %+v", p.Name, want, g)
		}
		at++
	}
	if at != len(trainer.groups) || at != len(params.List)-2 {
		t.Errorf("%d tensors in groups, %d groups, %d tensors", at, len(trainer.groups), len(params.List))
	}
}

func TestSchedules(t *testing.T) {
	s := specOf(t, "simclr", `, "pictures": 160, "epochs": 10, "learning_rate": 2, "warmup_epochs": 1, "final_rate": 0.25`) // 10 steps an epoch
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: want %g, got %g", what, want, got)
		}
	}
	half := func(done float64) float64 { return 0.5 + 1.5*0.5*(1+math.Cos(math.Pi*done)) }
	near("start", s.learningRate(0), 0)
	near("rising", s.learningRate(5), 1)
	near("top", s.learningRate(10), 2)
	near("cosine", s.learningRate(37), half(27./90))
	near("end", s.learningRate(100), 0.5)
	s.Schedule = "cosine_by_epoch"
	near("rising", s.learningRate(5), 1)
	near("an epoch's start", s.learningRate(30), half(20./90))
	near("within it", s.learningRate(37), half(20./90))
	s.Schedule = "steps"
	near("rising", s.learningRate(5), 1)
	near("before 60 %", s.learningRate(59), 2)
	near("from 60 %", s.learningRate(60), 0.2)
	near("before 80 %", s.learningRate(79), 0.2)
	near("from 80 %", s.learningRate(80), 0.02)
	s.Pictures = 0
	near("no data set", s.learningRate(80), 2)
}

// A longest gradient bounds the step: SGD's first is rate times gradient.
func TestGradientClip(t *testing.T) {
	for _, clip := range []string{"0", "0.25"} {
		trainer := trainerOf(t, specOf(t, "simclr", `, "weight_decay": 0, "learning_rate": 0.5, "gradient_clip": `+clip))
		before := slices.Clone(trainer.Weights())
		stats := step(t, trainer, 0)
		moved := 0.0
		for i, w := range trainer.Weights() {
			moved += float64(w-before[i]) * float64(w-before[i])
		}
		want := 0.5 * stats.GradientNorm
		if clip != "0" {
			want = 0.5 * 0.25
		}
		if stats.GradientNorm < 1 || math.Abs(math.Sqrt(moved)-want) > 1e-3*want {
			t.Errorf("clip %s: gradient %g, moved by %g, want %g", clip, stats.GradientNorm, math.Sqrt(moved), want)
		}
	}
}
