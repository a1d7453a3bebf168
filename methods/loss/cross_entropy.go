package loss

import (
	"math"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// CrossEntropyOptions sets CrossEntropy. The zero value is the plain loss.
type CrossEntropyOptions struct {
	// Smoothing s moves a part of each target to all classes: 1-s on the label
	// plus s/classes on every class, as PyTorch's label_smoothing. 0 to 1.
	Smoothing float64
}

// CrossEntropy is the mean over n rows of the softmax cross-entropy of logits
// (n, classes) with integer labels (n), in nats:
//
//	L = 1/n Σ_i [ ln Σ_c e^{l_ic} - Σ_c target_ic·l_ic ]
//
// A logit of -Inf excludes its class, unless it is the label or smoothing gives
// it weight. Uninformed: ln(classes). g (n, classes) becomes the gradient
// (softmax - target)/n; nil skips it.
func CrossEntropy(logits []float32, labels []int64, n, classes int, opt CrossEntropyOptions, g []float32) (float64, error) {
	value, _, err := CrossEntropyAccuracy(logits, labels, n, classes, opt, g)
	return value, err
}

// CrossEntropyAccuracy is CrossEntropy and also returns the fraction of the rows
// whose largest logit is the label's; of equal ones the first counts.
func CrossEntropyAccuracy(logits []float32, labels []int64, n, classes int, opt CrossEntropyOptions, g []float32) (value, accuracy float64, err error) {
	const op = "cross_entropy"
	if n < 1 {
		return 0, 0, core.Errorf(core.EShape, op, "logits", "want at least 1 row, got %d", n)
	}
	if err := checkMatrix(op, "logits", logits, n, classes); err != nil {
		return 0, 0, err
	}
	if len(labels) != n {
		return 0, 0, core.Errorf(core.EShape, op, "labels", "want shape (%d), got %d values", n, len(labels))
	}
	if !(opt.Smoothing >= 0 && opt.Smoothing <= 1) {
		return 0, 0, core.Invalid(op, "smoothing", "want a number from 0 to 1, got %v", opt.Smoothing)
	}
	if err := checkOutputs(op, []array{{"g", g}}, []array{{"logits", logits}}, n, classes); err != nil {
		return 0, 0, err
	}
	x := crossEntropy{logits: logits, labels: labels, n: n, classes: classes, smoothing: opt.Smoothing, g: g}
	loss, right := make([]float64, n), make([]bool, n)
	err = par.For(n, pieceRows(classes), func(lo, hi int) error {
		p := make([]float64, classes)
		for i := lo; i < hi; i++ {
			var err error
			if loss[i], right[i], err = x.row(op, i, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	hits := 0
	for i := range loss {
		value += loss[i]
		if right[i] {
			hits++
		}
	}
	return value / float64(n), float64(hits) / float64(n), nil
}

type crossEntropy struct {
	logits     []float32
	labels     []int64
	n, classes int
	smoothing  float64
	g          []float32
}

// row is one row's loss, whether its guess is right, and its gradient. p is
// scratch for the powers.
func (x crossEntropy) row(op string, i int, p []float64) (loss float64, right bool, err error) {
	row, label := x.logits[i*x.classes:(i+1)*x.classes], x.labels[i]
	if label < 0 || label >= int64(x.classes) {
		return 0, false, core.Invalid(op, "labels", "want labels from 0 to %d, got %d in row %d", x.classes-1, label, i)
	}
	best, each := 0, x.smoothing/float64(x.classes)
	for c, v := range row {
		excluded := math.IsInf(float64(v), -1) && x.smoothing == 0 && int64(c) != label
		if !finite(float64(v)) && !excluded {
			return 0, false, core.Errorf(core.ENumeric, op, "logits", "want finite values, or -Inf for a class without weight, got %v in row %d, column %d", v, i, c)
		}
		if v > row[best] {
			best = c
		}
	}
	top, sum, rest := float64(row[best]), 0.0, 0.0
	for c, v := range row {
		p[c] = math.Exp(float64(v) - top)
		sum += p[c]
		if int64(c) != label {
			rest += p[c]
		}
	}
	// -ln P(label) = ln(1 + rest/e^label) keeps its digits when it is small.
	own := float64(row[label]) - top
	lse := math.Log(sum)
	loss = lse - own
	if rest < p[label] {
		loss = math.Log1p(rest / p[label])
	}
	if x.smoothing > 0 {
		mean := 0.0
		for _, v := range row {
			mean += lse - (float64(v) - top)
		}
		loss = (1-x.smoothing)*loss + each*mean
	}
	if x.g == nil {
		return loss, int64(best) == label, nil
	}
	out := x.g[i*x.classes : (i+1)*x.classes]
	for c := range out {
		q := p[c]/sum - each
		if int64(c) == label {
			q = x.smoothing - rest/sum - each
		}
		out[c] = float32(q / float64(x.n))
	}
	return loss, int64(best) == label, nil
}
