// Package evaluate owns the judging of features: nearest neighbours, linear
// probes and the statistics that show whether an encoder is well. It takes
// features and labels as arrays; where they came from is the caller's affair.
//
// Features are row-major []float32, labels []int64 from 0 on; the number of
// classes is the largest label plus 1. Nothing is random, and results do not
// depend on the number of threads, to the last bit.
package evaluate

import (
	"math"

	"github.com/jumelle/jumelle/core"
)

// Accuracy is the fraction of predictions that equal the truth, 0 to 1. A
// prediction without a truth is wrong; no predictions give NaN.
func Accuracy(predictions, truth []int64) float64 {
	right := 0
	for i, p := range predictions {
		if i < len(truth) && truth[i] == p {
			right++
		}
	}
	return float64(right) / float64(len(predictions))
}

// rowsOf says how many rows of d values x has.
func rowsOf(op, argument string, x []float32, d int) (int, error) {
	if d < 1 {
		return 0, core.Errorf(core.EShape, op, "d", "want at least one feature, got %d", d)
	}
	if len(x) == 0 || len(x)%d != 0 {
		return 0, core.Errorf(core.EShape, op, argument, "want rows of %d values, got %d values", d, len(x))
	}
	return len(x) / d, nil
}

// maxLabel bounds labels, so that a wrong array (ids, pixels) is an error and
// not a table of that size for each row.
const maxLabel = 1 << 20

// checkLabels says whether there are n labels, each from 0 on, and returns the
// number of classes.
func checkLabels(op, argument string, labels []int64, n int) (classes int, err error) {
	if len(labels) != n {
		return 0, core.Errorf(core.EShape, op, argument, "want %d labels, one a row, got %d", n, len(labels))
	}
	for i, l := range labels {
		if l < 0 || l > maxLabel {
			return 0, core.Invalid(op, argument, "want labels from 0 to %d, got %d in row %d", maxLabel, l, i)
		}
		classes = max(classes, int(l)+1)
	}
	return classes, nil
}

func checkTemperature(op string, t float64) error {
	if !(t >= 1e-8) || math.IsInf(t, 1) {
		return core.Invalid(op, "temperature", "want a finite number of at least 1e-8, got %v", t)
	}
	return nil
}
