package methods

import (
	"encoding/json"
	"slices"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/nn"
)

// Spec describes one training run: the document that Python, C, the command line
// and checkpoints carry. Complete fills its defaults; a complete spec starts the
// same run again.
//
// Fields that are nil (null in the document) take what the preset says. Those of
// other methods and optimizers must stay nil.
type Spec struct {
	Method   string  `json:"method"`
	Version  int     `json:"version,omitempty"` // of moco: 1, 2 or 3; 0: 2
	Encoder  string  `json:"encoder"`
	Width    float64 `json:"width"` // multiplies the encoder's channels
	Stem     string  `json:"stem"`  // "auto", "small" or "imagenet"
	Size     int     `json:"size"`  // side of the views, in pixels
	Channels int     `json:"channels"`

	Projection        []int    `json:"projection"`                    // widths of the head's layers; the last is the embedding's
	Prediction        []int    `json:"prediction,omitzero"`           // byol, moco 3: the same of the online network's second head; [] is none
	Temperature       *float64 `json:"temperature,omitempty"`         // simclr, moco: divides the cosines
	Momentum          *float64 `json:"momentum,omitempty"`            // byol, moco: weight of the target's old parameters
	Queue             *int     `json:"queue,omitempty"`               // moco 1, 2: keys in it
	NormSplits        *int     `json:"norm_splits,omitempty"`         // moco 1, 2: parts of the batch that are normalised apart
	OffDiagonalWeight *float64 `json:"off_diagonal_weight,omitempty"` // barlow_twins: of the redundancy term

	Epochs    int `json:"epochs"`
	BatchSize int `json:"batch_size"`
	// MicroBatch is the number of pictures that go through the networks together, to
	// save memory: it divides BatchSize. Loss and gradient stay those of the batch;
	// batch norm has the statistics of each slice. 0: the whole batch.
	MicroBatch int   `json:"micro_batch"`
	Pictures   int64 `json:"pictures"` // of the data set; 0: unknown, rate and momentum stay constant

	Optimizer         string   `json:"optimizer"`                    // "sgd", "lars" or "adamw"; "": the preset's
	LearningRate      *float64 `json:"learning_rate"`                // at its peak, for this batch size
	OptimizerMomentum *float64 `json:"optimizer_momentum,omitempty"` // sgd, lars
	Nesterov          *bool    `json:"nesterov,omitempty"`           // sgd
	Trust             *float64 `json:"trust,omitempty"`              // lars: η of the trust ratio
	WeightDecay       *float64 `json:"weight_decay"`                 // of tensors of two or more dimensions
	BiasRate          *float64 `json:"bias_rate"`                    // multiplies the learning rate of tensors of one dimension
	WarmupEpochs      *float64 `json:"warmup_epochs"`                // in which the rate rises from 0
	Schedule          string   `json:"schedule"`                     // after that: see schedules; "": the preset's
	FinalRate         *float64 `json:"final_rate"`                   // end of the cosine, as a part of the peak
	GradientClip      float64  `json:"gradient_clip"`                // longest gradient; 0: any

	Augment   json.RawMessage `json:"augment"`   // a pipeline's document; null: the method's preset
	Preset    string          `json:"preset"`    // "paper", "small" or "auto": see Presets
	Precision string          `json:"precision"` // "float32", or "bfloat16": see kernel.Halving
	Seed      uint64          `json:"seed"`
	Threads   int             `json:"threads"` // 0: as set_threads says when the trainer is made
	// Own is a network of the caller's in place of the one that Encoder names, which
	// may be any name then. No document holds it: see Run.
	Own nn.Encoder `json:"-"`

	Mean []float64 `json:"mean"` // of the pictures, a value a channel, for values of 0 to 1
	Std  []float64 `json:"std"`
}

// Names that the spec's fields may have.
var (
	methodNames    = []string{"simclr", "moco", "byol", "barlow_twins"}
	optimizerNames = []string{"sgd", "lars", "adamw"}
	scheduleNames  = []string{"cosine", "cosine_by_epoch", "steps"}
	presetNames    = []string{"auto", "small", "paper"}
	precisionNames = []string{"float32", "bfloat16"}
)

// Defaults is the spec in which only Method is missing, and what presets set.
func Defaults() Spec {
	return Spec{
		Encoder: "small", Width: 1, Stem: "auto", Size: 32, Channels: 3,
		Epochs: 20, BatchSize: 256, Preset: "auto", Precision: "float32",
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
	if err := s.checkNames(op); err != nil {
		return s, err
	}
	if s.Method == "moco" && s.Version == 0 {
		s.Version = 2
	}
	if err := s.checkData(op); err != nil {
		return s, err
	}
	if err := s.applyPreset(op); err != nil {
		return s, err
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

// queued is whether the method has a queue of keys.
func (s Spec) queued() bool { return s.Method == "moco" && s.Version < 3 }

// predicts is whether the method has a prediction head.
func (s Spec) predicts() bool { return s.Method == "byol" || s.Method == "moco" && s.Version == 3 }

// field is a field of the spec that only some methods or optimizers use.
type field struct {
	name      string
	set, used bool
	users     string
}

// special lists those fields.
func (s Spec) special() []field {
	contrasts := s.Method == "simclr" || s.Method == "moco"
	follows := s.Method == "byol" || s.Method == "moco"
	return []field{
		{"version", s.Version != 0, s.Method == "moco", "moco"},
		{"prediction", s.Prediction != nil, s.predicts(), "byol and moco 3"},
		{"temperature", s.Temperature != nil, contrasts, "simclr and moco"},
		{"momentum", s.Momentum != nil, follows, "byol and moco, whose target network it slows down; the optimizer's is optimizer_momentum"},
		{"queue", s.Queue != nil, s.queued(), "moco 1 and 2"},
		{"norm_splits", s.NormSplits != nil, s.queued(), "moco 1 and 2"},
		{"micro_batch", s.MicroBatch != 0, !s.queued(), "simclr, byol, barlow_twins and moco 3; the queue of moco 1 and 2 stands in for large batches"},
		{"off_diagonal_weight", s.OffDiagonalWeight != nil, s.Method == "barlow_twins", "barlow_twins"},
		{"optimizer_momentum", s.OptimizerMomentum != nil, s.Optimizer == "sgd" || s.Optimizer == "lars", "sgd and lars"},
		{"nesterov", s.Nesterov != nil, s.Optimizer == "sgd", "sgd"},
		{"trust", s.Trust != nil, s.Optimizer == "lars", "lars"},
	}
}

// checkSpecial refuses a field that the run would not look at.
func (s Spec) checkSpecial(op string) error {
	for _, f := range s.special() {
		if f.set && !f.used {
			what := s.Method
			if what == "moco" {
				what += " " + itoa(s.Version)
			}
			return core.Invalid(op, f.name, "want none for %s with %s: it is for %s", what, s.Optimizer, f.users)
		}
	}
	return nil
}

func (s Spec) checkNames(op string) error {
	for _, f := range []struct {
		argument, value string
		known           []string
		optional        bool
	}{
		{"method", s.Method, methodNames, false},
		{"optimizer", s.Optimizer, optimizerNames, true},
		{"schedule", s.Schedule, scheduleNames, true},
		{"preset", s.Preset, presetNames, false},
		{"precision", s.Precision, precisionNames, false},
	} {
		if f.value == "" && f.optional {
			continue
		}
		if f.value == "" {
			return core.Invalid(op, f.argument, "want one of %v, got nothing", f.known)
		}
		if !slices.Contains(f.known, f.value) {
			return core.Unknown(op, f.argument, f.value, f.known)
		}
	}
	return nil
}
