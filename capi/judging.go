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
		features, shape, err := floats(op, "train", train, -1, -1)
		if err != nil {
			return err
		}
		n, d := shape[0], shape[1]
		labels, _, err := int64s(op, "train_labels", trainLabels, n)
		if err != nil {
			return err
		}
		queries, shape, err := floats(op, "test", test, -1, d)
		if err != nil {
			return err
		}
		m := shape[0]
		taken := []span{spanOf("train", features), spanOf("train_labels", labels), spanOf("test", queries)}
		var truth, out []int64
		if testLabels != nil {
			if truth, _, err = int64s(op, "test_labels", testLabels, m); err != nil {
				return err
			}
			taken = append(taken, spanOf("test_labels", truth))
		} else if outAccuracy != nil {
			return core.Invalid(op, "test_labels", "want labels, as out_accuracy is asked for, got NULL")
		}
		if outPredictions != nil {
			if out, _, err = int64s(op, "out_predictions", outPredictions, m); err != nil {
				return err
			}
			if err := apart(op, spanOf("out_predictions", out), taken...); err != nil {
				return err
			}
		} else if outAccuracy == nil {
			return core.Invalid(op, "out_predictions", "want a jml_npy, as out_accuracy is NULL too, got NULL")
		}
		o, err := options(op, opts, func(o *C.jmlgo_knn_options) { C.jml_knn_options_init(o) })
		if err != nil {
			return err
		}
		predictions, err := evaluate.KNN(features, labels, queries, d, evaluate.KNNOptions{K: int(o.k), Temperature: float64(o.temperature)})
		if err != nil {
			return err
		}
		copy(out, predictions)
		if outAccuracy != nil {
			*outAccuracy = C.double(evaluate.Accuracy(predictions, truth))
		}
		return nil
	})
}
