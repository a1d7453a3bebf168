package main

// #include "bridge.h"
import "C"

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/methods/evaluate"
)

//export jmlgo_knn
func jmlgo_knn(train, trainLabels, test, testLabels *C.jmlgo_npy, opts *C.jmlgo_knn_options, outPredictions *C.jmlgo_npy, outAccuracy *C.double, message **C.char) C.jml_status {
	const op = "knn"
	return guard(op, message, func() error {
		l, err := labelledOf(op, train, trainLabels, test, testLabels, outPredictions, outAccuracy)
		if err != nil {
			return err
		}
		o, err := options(op, opts, func(o *C.jmlgo_knn_options) { C.jml_knn_options_init(o) })
		if err != nil {
			return err
		}
		predictions, err := evaluate.KNN(l.train, l.trainLabels, l.test, l.d, evaluate.KNNOptions{K: int(o.k), Temperature: float64(o.temperature)})
		if err != nil {
			return err
		}
		l.give(predictions, outAccuracy)
		return nil
	})
}

//export jmlgo_linear_probe
func jmlgo_linear_probe(train, trainLabels, test, testLabels *C.jmlgo_npy, opts *C.jmlgo_linear_probe_options, outPredictions *C.jmlgo_npy, outAccuracy *C.double, message **C.char) C.jml_status {
	const op = "linear_probe"
	return guard(op, message, func() error {
		l, err := labelledOf(op, train, trainLabels, test, testLabels, outPredictions, outAccuracy)
		if err != nil {
			return err
		}
		given, err := options(op, opts, func(o *C.jmlgo_linear_probe_options) { C.jml_linear_probe_options_init(o) })
		if err != nil {
			return err
		}
		o := evaluate.DefaultLinear()
		o.Iterations = int(given.iterations)
		if !(given.penalty < 0) { // NaN goes on, to be refused
			o.Lambdas = []float64{float64(given.penalty)}
		}
		model, err := evaluate.FitLinear(l.train, l.trainLabels, l.d, o)
		if err != nil {
			return err
		}
		predictions, err := model.Predict(l.test)
		if err != nil {
			return err
		}
		l.give(predictions, outAccuracy)
		return nil
	})
}

// labelled is the arrays of a judgement: features with labels, features to
// classify, and what is asked for. testLabels and predictions may be nil.
type labelled struct {
	train, test                          []float32
	trainLabels, testLabels, predictions []int64
	d                                    int
}

func labelledOf(op string, train, trainLabels, test, testLabels, outPredictions *C.jmlgo_npy, outAccuracy *C.double) (labelled, error) {
	var l labelled
	m := matrices{op: op}
	var n, rows int
	l.train, n, l.d = m.in("train", train, -1, -1)
	l.trainLabels = m.labels("train_labels", trainLabels, n)
	l.test, rows, _ = m.in("test", test, -1, l.d)
	if testLabels != nil {
		l.testLabels = m.labels("test_labels", testLabels, rows)
	}
	before := m.taken
	if outPredictions != nil {
		l.predictions = m.labels("out_predictions", outPredictions, rows)
	}
	switch {
	case m.err != nil:
		return l, m.err
	case testLabels == nil && outAccuracy != nil:
		return l, core.Invalid(op, "test_labels", "want labels, as out_accuracy is asked for, got NULL")
	case outPredictions == nil && outAccuracy == nil:
		return l, core.Invalid(op, "out_predictions", "want a jml_npy, as out_accuracy is NULL too, got NULL")
	}
	return l, apart(op, spanOf("out_predictions", l.predictions), before...)
}

func (l labelled) give(predictions []int64, outAccuracy *C.double) {
	copy(l.predictions, predictions)
	if outAccuracy != nil {
		*outAccuracy = C.double(evaluate.Accuracy(predictions, l.testLabels))
	}
}
