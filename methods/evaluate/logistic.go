package evaluate

import (
	"math"

	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
)

// logistic is the softmax regression of labels on rows of features:
//
//	mean_i[ -ln softmax(W·x_i + b)_label ] + lambda/2·‖W‖²
//
// The weights are (classes, d+1), the last column b, which has no penalty. x is
// (n, d+1), its last column 1.
type logistic struct {
	x       []float32
	labels  []int64
	n, d1   int // rows, and columns with the one
	classes int
	lambda  float64
}

const (
	logisticRows  = 256 // rows whose scores are in the cache at a time
	logisticParts = 16  // sums apart, at most: each has a gradient of its own
)

// value is an objective. Products are float32, sums over pieces of rows float64.
func (l *logistic) value(w, gradient []float64) (float64, error) {
	size := l.classes * l.d1
	weights := make([]float32, size)
	for i, v := range w {
		weights[i] = float32(v)
	}
	grain := max(logisticRows, (l.n+logisticParts-1)/logisticParts)
	losses := make([]float64, (l.n+grain-1)/grain)
	sums := make([][]float64, len(losses))
	err := par.For(l.n, grain, func(lo, hi int) error {
		sum := make([]float64, size)
		scores, part := make([]float32, logisticRows*l.classes), make([]float32, size)
		loss := 0.0
		for first := lo; first < hi; first += logisticRows {
			rows := min(logisticRows, hi-first)
			x := l.x[first*l.d1:]
			kernel.Gemm(false, true, rows, l.classes, l.d1, 1, x, l.d1, weights, l.d1, 0, scores, l.classes)
			loss += l.residuals(scores, first, rows)
			kernel.Gemm(true, false, l.classes, l.d1, rows, 1, scores, l.classes, x, l.d1, 0, part, l.d1)
			for i, v := range part {
				sum[i] += float64(v)
			}
		}
		losses[lo/grain], sums[lo/grain] = loss, sum
		return nil
	})
	if err != nil {
		return 0, err
	}
	clear(gradient)
	total := 0.0
	for p, sum := range sums {
		total += losses[p]
		axpy(1/float64(l.n), sum, gradient)
	}
	total /= float64(l.n)
	for c := range l.classes {
		for j := range l.d1 - 1 {
			v := w[c*l.d1+j]
			total += l.lambda / 2 * v * v
			gradient[c*l.d1+j] += l.lambda * v
		}
	}
	return total, nil
}

// residuals replaces the scores of rows first.. by softmax - target and returns
// the sum of their losses.
func (l *logistic) residuals(scores []float32, first, rows int) float64 {
	loss := 0.0
	for i := range rows {
		row := scores[i*l.classes : (i+1)*l.classes]
		label := l.labels[first+i]
		top := row[0]
		for _, v := range row {
			top = max(top, v)
		}
		own, sum := float64(row[label]-top), 0.0
		for c, v := range row {
			e := math.Exp(float64(v - top))
			row[c] = float32(e)
			sum += e
		}
		loss += math.Log(sum) - own
		for c := range row {
			row[c] = float32(float64(row[c]) / sum)
		}
		row[label]--
	}
	return loss
}
