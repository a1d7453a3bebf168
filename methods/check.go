package methods

import (
	"math"
	"strconv"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

func itoa(i int) string { return strconv.Itoa(i) }

const maxWidth = 1 << 16 // of a layer, as in core/nn

// checkData looks at what presets are chosen by.
func (s Spec) checkData(op string) error {
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
		{"micro_batch", int64(s.MicroBatch), 0, int64(s.BatchSize)},
		{"threads", int64(s.Threads), 0, par.MaxThreads},
		{"version", int64(s.Version), 0, 3},
	} {
		if f.value < f.low || f.value > f.high {
			return core.Invalid(op, f.argument, "want %d to %d, got %d", f.low, f.high, f.value)
		}
	}
	if s.Channels != 1 && s.Channels != 3 {
		return core.Invalid(op, "channels", "want 1 or 3, got %d", s.Channels)
	}
	if m := s.MicroBatch; m > 0 && (m < 2 || s.BatchSize%m != 0) {
		return core.Invalid(op, "micro_batch", "want 0 (the whole batch) or a number of at least 2 that divides batch_size = %d, got %d", s.BatchSize, m)
	}
	if s.Pictures > 0 && s.Pictures < int64(s.BatchSize) {
		return core.Invalid(op, "batch_size", "want at most the number of pictures, %d, got %d", s.Pictures, s.BatchSize)
	}
	if !(s.Width > 0 && s.Width <= 64) {
		return core.Invalid(op, "width", "want a number from 0 to 64 and not 0, got %g", s.Width)
	}
	return nil
}

// check looks at everything that presets may have filled.
func (s Spec) check(op string) error {
	for _, f := range []struct {
		argument  string
		value     *float64
		low, high float64
	}{
		{"temperature", s.Temperature, 1e-8, math.MaxFloat64},
		{"momentum", s.Momentum, 0, 1},
		{"off_diagonal_weight", s.OffDiagonalWeight, 0, math.MaxFloat32},
		{"learning_rate", s.LearningRate, 0, math.MaxFloat32},
		{"optimizer_momentum", s.OptimizerMomentum, 0, 1},
		{"trust", s.Trust, math.SmallestNonzeroFloat32, math.MaxFloat32},
		{"weight_decay", s.WeightDecay, 0, math.MaxFloat32},
		{"bias_rate", s.BiasRate, math.SmallestNonzeroFloat32, math.MaxFloat32},
		{"warmup_epochs", s.WarmupEpochs, 0, math.MaxInt32},
		{"final_rate", s.FinalRate, 0, 1},
		{"gradient_clip", &s.GradientClip, 0, math.MaxFloat32},
	} {
		if f.value != nil && !(*f.value >= f.low && *f.value <= f.high) {
			return core.Invalid(op, f.argument, "want a number from %g to %g, got %g", f.low, f.high, *f.value)
		}
	}
	if err := s.checkHeads(op); err != nil {
		return err
	}
	if q := s.Queue; q != nil && (*q < 1 || *q > 1<<24) {
		return core.Invalid(op, "queue", "want 1 to %d keys, got %d", 1<<24, *q)
	}
	if q := s.Queue; q != nil && *q < s.BatchSize {
		return core.Invalid(op, "queue", "want at least the keys of one batch, %d, got %d", s.BatchSize, *q)
	}
	if p := s.NormSplits; p != nil && (*p < 1 || s.BatchSize%*p != 0 || s.BatchSize / *p < 2) {
		return core.Invalid(op, "norm_splits", "want a number that divides batch_size = %d into parts of at least 2, got %d", s.BatchSize, *p)
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

func (s Spec) checkHeads(op string) error {
	for _, h := range []struct {
		argument string
		widths   []int
	}{{"projection", s.Projection}, {"prediction", s.Prediction}} {
		for _, w := range h.widths {
			if w < 1 || w > maxWidth {
				return core.Invalid(op, h.argument, "want widths from 1 to %d, got %d", maxWidth, w)
			}
		}
	}
	if len(s.Projection) == 0 {
		return core.Invalid(op, "projection", "want the widths of at least one layer, got none")
	}
	last := s.Projection[len(s.Projection)-1]
	if n := len(s.Prediction); n > 0 && s.Prediction[n-1] != last {
		return core.Invalid(op, "prediction", "want %d values at last, as the projection has, got %d", last, s.Prediction[n-1])
	}
	return nil
}
