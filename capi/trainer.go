package main

// #include "bridge.h"
import "C"

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/methods"
	"github.com/jumelle/jumelle/methods/train"
)

//export jmlgo_trainer_new
func jmlgo_trainer_new(spec *C.jmlgo_text, out *C.uintptr_t, message **C.char) C.jml_status {
	const op = "trainer_new"
	return makeOf(op, kindTrainer, "spec_json", spec, out, message, func(document string) (any, func(), error) {
		return closing(train.New([]byte(document)))
	})
}

//export jmlgo_trainer_load
func jmlgo_trainer_load(path *C.jmlgo_text, out *C.uintptr_t, message **C.char) C.jml_status {
	const op = "trainer_load"
	return makeOf(op, kindTrainer, "path", path, out, message, func(path string) (any, func(), error) {
		return closing(train.Load(path))
	})
}

func closing(t *train.Trainer, err error) (any, func(), error) {
	if err != nil {
		return nil, nil, err
	}
	return t, t.Close, nil
}

func onTrainer(op string, trainer C.uintptr_t, message **C.char, fn func(*train.Trainer) error) C.jml_status {
	return guard(op, message, func() error { return use(op, kindTrainer, trainer, fn) })
}

//export jmlgo_trainer_spec
func jmlgo_trainer_spec(trainer C.uintptr_t, buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "trainer_spec"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		return giveText(op, string(t.Spec()), buf, bufLen, outLen)
	})
}

//export jmlgo_trainer_next
func jmlgo_trainer_next(trainer C.uintptr_t, outIndices *C.jmlgo_npy, message **C.char) C.jml_status {
	const op = "trainer_next"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		indices, _, err := int64s(op, "out_indices", outIndices, t.BatchSize())
		if err != nil {
			return err
		}
		return t.Next(indices)
	})
}

//export jmlgo_trainer_step
func jmlgo_trainer_step(trainer C.uintptr_t, images *C.jmlgo_npy, outStats *C.jml_step_stats, message **C.char) C.jml_status {
	const op = "trainer_step"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		in, err := batch(op, "images", images)
		if err != nil {
			return err
		}
		return step(op, outStats, func() (methods.Stats, error) { return t.Step(in) })
	})
}

//export jmlgo_trainer_step_views
func jmlgo_trainer_step_views(trainer C.uintptr_t, views *C.jmlgo_npy, outStats *C.jml_step_stats, message **C.char) C.jml_status {
	const op = "trainer_step_views"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		data, shape, err := bytes(op, "views", views, -1, -1, -1, -1, -1)
		if err != nil {
			return err
		}
		return step(op, outStats, func() (methods.Stats, error) { return t.StepViews(data, [5]int(shape)) })
	})
}

// step takes one step and fills out, whose size is checked first: after an error
// nothing must have been learned.
func step(op string, out *C.jml_step_stats, take func() (methods.Stats, error)) error {
	if err := room(op, "out_stats", out); err != nil {
		return err
	}
	s, err := take()
	if err != nil {
		return err
	}
	fill(out, C.jml_step_stats{
		step:           C.int64_t(s.Step),
		epoch:          C.int64_t(s.Epoch),
		loss:           C.double(s.Loss),
		learning_rate:  C.double(s.LearningRate),
		feature_std:    C.double(s.FeatureStd),
		effective_rank: C.double(s.EffectiveRank),

		uninformed_loss: C.double(s.Uninformed),
		alignment:       C.double(s.Alignment),
		uniformity:      C.double(s.Uniformity),
		gradient_norm:   C.double(s.GradientNorm),
	})
	return nil
}

func encodeOptions(op string, opts *C.jmlgo_encode_options) (train.EncodeOptions, error) {
	o, err := options(op, opts, func(o *C.jmlgo_encode_options) { C.jml_encode_options_init(o) })
	if err != nil {
		return train.EncodeOptions{}, err
	}
	if o.projected != 0 && o.projected != 1 {
		return train.EncodeOptions{}, core.Invalid(op, "projected", "want 0 or 1, got %d", o.projected)
	}
	return train.EncodeOptions{Block: int(o.block), Projected: o.projected == 1}, nil
}

//export jmlgo_trainer_dim
func jmlgo_trainer_dim(trainer C.uintptr_t, opts *C.jmlgo_encode_options, outDim *C.int64_t, message **C.char) C.jml_status {
	const op = "trainer_dim"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		o, err := encodeOptions(op, opts)
		if err != nil {
			return err
		}
		if err := need(op, "out_dim", outDim); err != nil {
			return err
		}
		dim, err := t.Dim(o)
		if err != nil {
			return err
		}
		*outDim = C.int64_t(dim)
		return nil
	})
}

//export jmlgo_trainer_encode
func jmlgo_trainer_encode(trainer C.uintptr_t, images *C.jmlgo_npy, opts *C.jmlgo_encode_options, outFeatures *C.jmlgo_npy, message **C.char) C.jml_status {
	const op = "trainer_encode"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		in, err := batch(op, "images", images)
		if err != nil {
			return err
		}
		o, err := encodeOptions(op, opts)
		if err != nil {
			return err
		}
		dim, err := t.Dim(o)
		if err != nil {
			return err
		}
		features, _, err := floats(op, "out_features", outFeatures, in.N, dim)
		if err != nil {
			return err
		}
		if err := apart(op, spanOf("out_features", features), spanOf("images", in.Data)); err != nil {
			return err
		}
		return t.Encode(in, o, features)
	})
}

//export jmlgo_trainer_save
func jmlgo_trainer_save(trainer C.uintptr_t, path *C.jmlgo_text, message **C.char) C.jml_status {
	const op = "trainer_save"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		name, err := text(op, "path", path)
		if err != nil {
			return err
		}
		return t.Save(name)
	})
}

//export jmlgo_trainer_history
func jmlgo_trainer_history(trainer C.uintptr_t, buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "trainer_history"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		return giveJSON(op, columnsOf(t.History()), buf, bufLen, outLen)
	})
}

//export jmlgo_trainer_warnings
func jmlgo_trainer_warnings(trainer C.uintptr_t, buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "trainer_warnings"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		return giveJSON(op, t.Warnings(), buf, bufLen, outLen)
	})
}

//export jmlgo_presets
func jmlgo_presets(buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "presets"
	return guard(op, message, func() error {
		list, err := train.Presets()
		if err != nil {
			return err
		}
		return giveJSON(op, list, buf, bufLen, outLen)
	})
}

//export jmlgo_trainer_profile
func jmlgo_trainer_profile(trainer C.uintptr_t, buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "trainer_profile"
	return onTrainer(op, trainer, message, func(t *train.Trainer) error {
		if err := askable(op, buf, bufLen, outLen); err != nil {
			return err
		}
		profile, err := t.Profile(buf == nil)
		if err != nil {
			return err
		}
		return giveText(op, string(profile), buf, bufLen, outLen)
	})
}

// columns is a history turned on its side, as plots want it.
type columns struct {
	Step          []int64   `json:"step"`
	Epoch         []int64   `json:"epoch"`
	Loss          []float64 `json:"loss"`
	LearningRate  []float64 `json:"learning_rate"`
	FeatureStd    []float64 `json:"feature_std"`
	EffectiveRank []float64 `json:"effective_rank"`
	Uninformed    []float64 `json:"uninformed_loss"`
	Alignment     []float64 `json:"alignment"`
	Uniformity    []float64 `json:"uniformity"`
	GradientNorm  []float64 `json:"gradient_norm"`
}

func columnsOf(history []methods.Stats) columns {
	n := len(history)
	c := columns{Step: make([]int64, 0, n), Epoch: make([]int64, 0, n)}
	for _, list := range []*[]float64{
		&c.Loss, &c.LearningRate, &c.FeatureStd, &c.EffectiveRank,
		&c.Uninformed, &c.Alignment, &c.Uniformity, &c.GradientNorm,
	} {
		*list = make([]float64, 0, n) // an empty list in JSON, not null
	}
	for _, s := range history {
		c.Step = append(c.Step, s.Step)
		c.Epoch = append(c.Epoch, s.Epoch)
		c.Loss = append(c.Loss, s.Loss)
		c.LearningRate = append(c.LearningRate, s.LearningRate)
		c.FeatureStd = append(c.FeatureStd, s.FeatureStd)
		c.EffectiveRank = append(c.EffectiveRank, s.EffectiveRank)
		c.Uninformed = append(c.Uninformed, s.Uninformed)
		c.Alignment = append(c.Alignment, s.Alignment)
		c.Uniformity = append(c.Uniformity, s.Uniformity)
		c.GradientNorm = append(c.GradientNorm, s.GradientNorm)
	}
	return c
}

//export jmlgo_trainer_free
func jmlgo_trainer_free(trainer C.uintptr_t) { release(kindTrainer, trainer) }
