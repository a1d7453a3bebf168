package evaluate

import (
	"fmt"
	"math"
	"slices"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
)

// LinearOptions sets the linear probe. Start from DefaultLinear; the zero value
// is refused.
type LinearOptions struct {
	// Lambdas are the weights of the penalty to choose from, each at least 0, by
	// the accuracy on every fifth row of each class. One alone is taken as it is.
	Lambdas []float64
	// Iterations bounds L-BFGS for each lambda; at least 1.
	Iterations int
}

// DefaultLinear has eleven lambdas from 1e-6 to 1e4, a factor of 10 apart, and at
// most 200 iterations.
func DefaultLinear() LinearOptions {
	opt := LinearOptions{Iterations: 200}
	for e := -6; e <= 4; e++ {
		opt.Lambdas = append(opt.Lambdas, math.Pow10(e))
	}
	return opt
}

// LinearResult is an accuracy with everything it depends on.
type LinearResult struct {
	Accuracy           float64   `json:"accuracy"` // a fraction, 0 to 1
	NTest              int       `json:"n_test"`
	NTrain             int       `json:"n_train"`
	Features           int       `json:"features"`
	Classes            int       `json:"classes"`
	Lambda             float64   `json:"lambda"`
	Lambdas            []float64 `json:"lambdas"`
	NValidation        int       `json:"n_validation"`        // 0: nothing was left to choose by
	ValidationAccuracy float64   `json:"validation_accuracy"` // of Lambda; 0 without validation
	Iterations         int       `json:"iterations"`          // of the last fit
	Protocol           string    `json:"protocol"`
}

// LinearModel is a linear classifier of features.
type LinearModel struct {
	Classes, Features int
	Weights           []float32 // (classes, features), for standardised features
	Bias              []float32 // (classes)
	Mean, Scale       []float32 // (features): a feature x enters as (x - mean)·scale

	Lambda             float64
	NValidation        int
	ValidationAccuracy float64
	Iterations         int
}

// fewLambda is taken where no class has the five rows that choosing needs: with
// so few labels a strong penalty is right.
const fewLambda = 0.1

// lambdaTolerance is the largest |gradient| at which a fit is done; at weights 0
// it is about 0.1.
const lambdaTolerance = 1e-4

// FitLinear fits softmax regression to features train (n, d) with n labels:
//
//	mean cross-entropy + lambda/2·‖W‖²
//
// after each feature was brought to mean 0 and deviation 1 (those of train), by
// L-BFGS in full batches. For each lambda, from the largest on, the fit to four
// fifths of each class starts from the one before; the best on the last fifths
// (the larger lambda of equal ones) is fitted again on all rows. Nothing is drawn
// at random.
func FitLinear(train []float32, trainLabels []int64, d int, opt LinearOptions) (*LinearModel, error) {
	const op = "linear"
	n, err := rowsOf(op, "train", train, d)
	if err != nil {
		return nil, err
	}
	classes, err := checkLabels(op, "train_labels", trainLabels, n)
	if err != nil {
		return nil, err
	}
	if opt.Iterations < 1 {
		return nil, core.Invalid(op, "iterations", "want at least 1, got %d", opt.Iterations)
	}
	if len(opt.Lambdas) == 0 {
		return nil, core.Invalid(op, "lambdas", "want at least one, got none")
	}
	lambdas := slices.Clone(opt.Lambdas)
	for _, l := range lambdas {
		if !(l >= 0) || math.IsInf(l, 1) {
			return nil, core.Invalid(op, "lambdas", "want finite numbers of at least 0, got %v", l)
		}
	}
	slices.Sort(lambdas)
	slices.Reverse(lambdas)
	m := &LinearModel{Classes: classes, Features: d, Mean: make([]float32, d), Scale: make([]float32, d)}
	if err := m.standardize(op, train, n); err != nil {
		return nil, err
	}
	all := m.enter(train, n)
	w := make([]float64, classes*(d+1))
	fit, held := split(trainLabels, classes)
	switch {
	case len(lambdas) == 1:
		m.Lambda = lambdas[0]
	case len(held) == 0:
		m.Lambda = fewLambda
	default:
		if w, err = m.choose(all, trainLabels, fit, held, lambdas, opt.Iterations); err != nil {
			return nil, err
		}
	}
	l := logistic{x: all, labels: trainLabels, n: n, d1: d + 1, classes: classes, lambda: m.Lambda}
	if m.Iterations, err = lbfgs(l.value, w, lambdaTolerance, opt.Iterations); err != nil {
		return nil, err
	}
	m.set(w)
	return m, nil
}

// split puts every fifth row of each class aside.
func split(labels []int64, classes int) (fit, held []int) {
	seen := make([]int, classes)
	for i, l := range labels {
		if seen[l]++; seen[l]%5 == 0 {
			held = append(held, i)
		} else {
			fit = append(fit, i)
		}
	}
	return fit, held
}

// choose sets Lambda and its validation, and returns the weights of its fit.
func (m *LinearModel) choose(all []float32, labels []int64, fit, held []int, lambdas []float64, iterations int) ([]float64, error) {
	d1 := m.Features + 1
	pick := func(rows []int) ([]float32, []int64) {
		x, l := make([]float32, 0, len(rows)*d1), make([]int64, 0, len(rows))
		for _, i := range rows {
			x, l = append(x, all[i*d1:(i+1)*d1]...), append(l, labels[i])
		}
		return x, l
	}
	x, xLabels := pick(fit)
	v, vLabels := pick(held)
	w := make([]float64, m.Classes*d1)
	best := slices.Clone(w)
	m.NValidation, m.ValidationAccuracy = len(held), -1
	for _, lambda := range lambdas {
		l := logistic{x: x, labels: xLabels, n: len(fit), d1: d1, classes: m.Classes, lambda: lambda}
		if _, err := lbfgs(l.value, w, lambdaTolerance, iterations); err != nil {
			return nil, err
		}
		m.set(w)
		guesses, err := m.classify(v, len(held))
		if err != nil {
			return nil, err
		}
		if a := Accuracy(guesses, vLabels); a > m.ValidationAccuracy {
			m.ValidationAccuracy, m.Lambda = a, lambda
			copy(best, w)
		}
	}
	return best, nil
}

// standardize sets Mean and Scale from train (n, d), or finds a row that is not
// finite. A constant feature gets a scale of 0.
func (m *LinearModel) standardize(op string, train []float32, n int) error {
	d := m.Features
	mean, square := make([]float64, d), make([]float64, d)
	for i := range n {
		for j, v := range train[i*d : (i+1)*d] {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return core.Errorf(core.ENumeric, op, "train", "want finite values, got %v in row %d, column %d", v, i, j)
			}
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= float64(n)
		m.Mean[j] = float32(mean[j])
	}
	for i := range n {
		for j, v := range train[i*d : (i+1)*d] {
			e := float64(v) - float64(m.Mean[j])
			square[j] += e * e
		}
	}
	for j, s := range square {
		if s > 0 {
			m.Scale[j] = float32(math.Min(1/math.Sqrt(s/float64(n)), math.MaxFloat32))
		}
	}
	return nil
}

// enter is x (n, d) standardised, with a column of ones (n, d+1).
func (m *LinearModel) enter(x []float32, n int) []float32 {
	d := m.Features
	out := make([]float32, n*(d+1))
	for i := range n {
		row := out[i*(d+1) : (i+1)*(d+1)]
		for j, v := range x[i*d : (i+1)*d] {
			row[j] = (v - m.Mean[j]) * m.Scale[j]
		}
		row[d] = 1
	}
	return out
}

// set takes the weights (classes, d+1).
func (m *LinearModel) set(w []float64) {
	d := m.Features
	m.Weights, m.Bias = make([]float32, m.Classes*d), make([]float32, m.Classes)
	for c := range m.Classes {
		for j := range d {
			m.Weights[c*d+j] = float32(w[c*(d+1)+j])
		}
		m.Bias[c] = float32(w[c*(d+1)+d])
	}
}

// classify is the class of each row of entered features (n, d+1): of equally high
// scores the lower class.
func (m *LinearModel) classify(x []float32, n int) ([]int64, error) {
	out := make([]int64, n)
	d := m.Features
	return out, par.For(n, logisticRows, func(lo, hi int) error {
		scores := make([]float32, (hi-lo)*m.Classes)
		kernel.Gemm(false, true, hi-lo, m.Classes, d, 1, x[lo*(d+1):], d+1, m.Weights, d, 0, scores, m.Classes)
		for i := lo; i < hi; i++ {
			row := scores[(i-lo)*m.Classes : (i-lo+1)*m.Classes]
			best := 0
			for c := range row {
				row[c] += m.Bias[c]
				if row[c] > row[best] {
					best = c
				}
			}
			out[i] = int64(best)
		}
		return nil
	})
}

// Predict is the class of each row of features (m, Features).
func (m *LinearModel) Predict(features []float32) ([]int64, error) {
	const op = "linear"
	n, err := rowsOf(op, "features", features, m.Features)
	if err != nil {
		return nil, err
	}
	return m.predict(op, "features", features, n)
}

func (m *LinearModel) predict(op, argument string, features []float32, n int) ([]int64, error) {
	for i, v := range features {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, core.Errorf(core.ENumeric, op, argument, "want finite values, got %v in row %d, column %d", v, i/m.Features, i%m.Features)
		}
	}
	return m.classify(m.enter(features, n), n)
}

// Linear is FitLinear on train and the accuracy on test: the linear probe of a
// frozen encoder's features.
func Linear(train []float32, trainLabels []int64, test []float32, testLabels []int64, d int, opt LinearOptions) (LinearResult, error) {
	const op = "linear"
	n, err := rowsOf(op, "test", test, d)
	if err != nil {
		return LinearResult{}, err
	}
	testClasses, err := checkLabels(op, "test_labels", testLabels, n)
	if err != nil {
		return LinearResult{}, err
	}
	m, err := FitLinear(train, trainLabels, d, opt)
	if err != nil {
		return LinearResult{}, err
	}
	predictions, err := m.predict(op, "test", test, n)
	if err != nil {
		return LinearResult{}, err
	}
	return LinearResult{
		Accuracy: Accuracy(predictions, testLabels),
		NTest:    n, NTrain: len(trainLabels), Features: d, Classes: max(m.Classes, testClasses),
		Lambda: m.Lambda, Lambdas: opt.Lambdas, NValidation: m.NValidation, ValidationAccuracy: m.ValidationAccuracy,
		Iterations: m.Iterations,
		Protocol:   fmt.Sprintf("linear: standardised features, softmax regression by L-BFGS, lambda=%g of %d", m.Lambda, len(opt.Lambdas)),
	}, nil
}
