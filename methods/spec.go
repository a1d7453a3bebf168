package methods

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/jumelle/jumelle/core"
)

// Spec describes one training run: the document that Python, C, the command line
// and checkpoints carry. Complete fills its defaults; a complete spec starts the
// same run again.
type Spec struct {
	Method       string          `json:"method"`
	Encoder      string          `json:"encoder"`
	Width        float64         `json:"width"` // multiplies the encoder's channels
	Stem         string          `json:"stem"`  // "auto", "small" or "imagenet"
	Size         int             `json:"size"`  // side of the views, in pixels
	Channels     int             `json:"channels"`
	Projection   []int           `json:"projection"` // widths of the head's layers; the last is the embedding's
	Temperature  float64         `json:"temperature"`
	Epochs       int             `json:"epochs"`
	BatchSize    int             `json:"batch_size"`
	Pictures     int64           `json:"pictures"` // of the data set; 0: unknown, the rate stays constant
	Optimizer    string          `json:"optimizer"`
	LearningRate *float64        `json:"learning_rate"` // at its peak; null: 0.06 * batch_size / 128
	Momentum     float64         `json:"momentum"`
	WeightDecay  float64         `json:"weight_decay"`
	WarmupEpochs float64         `json:"warmup_epochs"`
	Augment      json.RawMessage `json:"augment"` // a pipeline's document; null: the method's preset
	Preset       string          `json:"preset"`
	Precision    string          `json:"precision"`
	Seed         uint64          `json:"seed"`
	Threads      int             `json:"threads"` // 0: as set_threads says when the trainer is made
	Mean         []float64       `json:"mean"`    // of the pictures, a value a channel, for values of 0 to 1
	Std          []float64       `json:"std"`
}

// Names that the spec's fields may have.
var (
	methodNames    = []string{"simclr"}
	optimizerNames = []string{"sgd"}
	presetNames    = []string{"auto"}
	precisionNames = []string{"float32"}
)

// Defaults is the spec in which only Method is missing.
func Defaults() Spec {
	return Spec{
		Encoder: "small", Width: 1, Stem: "auto", Size: 32, Channels: 3,
		Projection: []int{256, 128}, Temperature: 0.5,
		Epochs: 20, BatchSize: 256,
		Optimizer: "sgd", Momentum: 0.9, WeightDecay: 5e-4,
		Preset: "auto", Precision: "float32",
	}
}

// Mean and deviation of ImageNet's pictures, as torchvision has them; for one
// channel, of their gray.
var (
	colourMean, colourStd = []float64{0.485, 0.456, 0.406}, []float64{0.229, 0.224, 0.225}
	grayMean, grayStd     = []float64{0.449}, []float64{0.226}
)

// ParseSpec reads a spec's document, fills the defaults and checks every field.
// op names the public function in errors.
func ParseSpec(op string, document []byte) (Spec, error) {
	s := Defaults()
	if err := core.DecodeStrict(op, document, &s); err != nil {
		return Spec{}, err
	}
	return s.Complete(op)
}

// Complete fills what may be missing and checks every field.
func (s Spec) Complete(op string) (Spec, error) {
	if s.LearningRate == nil {
		rate := 0.06 * float64(s.BatchSize) / 128
		s.LearningRate = &rate
	}
	if s.Mean == nil {
		s.Mean = colourMean
		if s.Channels == 1 {
			s.Mean = grayMean
		}
	}
	if s.Std == nil {
		s.Std = colourStd
		if s.Channels == 1 {
			s.Std = grayStd
		}
	}
	return s, s.check(op)
}

// Document is the spec as JSON.
func (s Spec) Document() []byte {
	text, err := json.Marshal(s)
	if err != nil { // numbers are finite after check, the rest cannot fail
		panic(err)
	}
	return text
}

// StepsPerEpoch is the number of whole batches in the data set; 0: unknown.
func (s Spec) StepsPerEpoch() int64 { return s.Pictures / int64(s.BatchSize) }

func (s Spec) check(op string) error {
	for _, f := range []struct {
		argument, value string
		known           []string
	}{
		{"method", s.Method, methodNames},
		{"optimizer", s.Optimizer, optimizerNames},
		{"preset", s.Preset, presetNames},
		{"precision", s.Precision, precisionNames},
	} {
		if f.value == "" {
			return core.Invalid(op, f.argument, "want one of %v, got nothing", f.known)
		}
		if !slices.Contains(f.known, f.value) {
			return core.Unknown(op, f.argument, f.value, f.known)
		}
	}
	for _, f := range []struct {
		argument string
		value    int64
		low      int64
		high     int64
	}{
		{"size", int64(s.Size), 1, core.MaxSide},
		{"epochs", int64(s.Epochs), 1, math.MaxInt32},
		{"batch_size", int64(s.BatchSize), 2, 1 << 20},
		{"pictures", s.Pictures, 0, math.MaxUint32},
		{"threads", int64(s.Threads), 0, 4096},
	} {
		if f.value < f.low || f.value > f.high {
			return core.Invalid(op, f.argument, "want %d to %d, got %d", f.low, f.high, f.value)
		}
	}
	for _, f := range []struct {
		argument       string
		value          float64
		low, high      float64
		lowIsForbidden bool
	}{
		{"width", s.Width, 0, 64, true},
		{"temperature", s.Temperature, 1e-8, math.MaxFloat64, false},
		{"learning_rate", *s.LearningRate, 0, math.MaxFloat32, false},
		{"momentum", s.Momentum, 0, 1, false},
		{"weight_decay", s.WeightDecay, 0, math.MaxFloat32, false},
		{"warmup_epochs", s.WarmupEpochs, 0, math.MaxInt32, false},
	} {
		if !(f.value >= f.low && f.value <= f.high) || f.lowIsForbidden && f.value == f.low {
			return core.Invalid(op, f.argument, "want a number from %g to %g, got %g", f.low, f.high, f.value)
		}
	}
	if s.Channels != 1 && s.Channels != 3 {
		return core.Invalid(op, "channels", "want 1 or 3, got %d", s.Channels)
	}
	if s.Pictures > 0 && s.Pictures < int64(s.BatchSize) {
		return core.Invalid(op, "batch_size", "want at most the number of pictures, %d, got %d", s.Pictures, s.BatchSize)
	}
	if len(s.Projection) == 0 {
		return core.Invalid(op, "projection", "want the widths of at least one layer, got none")
	}
	for _, w := range s.Projection {
		if w < 1 || w > 1<<20 {
			return core.Invalid(op, "projection", "want widths from 1 to %d, got %d", 1<<20, w)
		}
	}
	if len(s.Mean) != s.Channels {
		return core.Invalid(op, "mean", "want a number for each of %d channels, got %d", s.Channels, len(s.Mean))
	}
	if len(s.Std) != s.Channels {
		return core.Invalid(op, "std", "want a number for each of %d channels, got %d", s.Channels, len(s.Std))
	}
	for _, v := range s.Std {
		if !(v > 0) {
			return core.Invalid(op, "std", "want positive numbers, got %g", v)
		}
	}
	return nil
}
