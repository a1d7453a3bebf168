package evaluate

import (
	"fmt"
	"math"
	"slices"

	"github.com/jumelle/jumelle/core"
)

// KNNOptions sets KNN. Start from DefaultKNN: the zero value is refused.
type KNNOptions struct {
	K           int     // neighbours that vote, at least 1; more than the bank: all of it
	Temperature float64 // a vote weighs e^(similarity/Temperature); at least 1e-8
}

// DefaultKNN has k 200 and temperature 0.1, as lightly's CIFAR-10 benchmark.
func DefaultKNN() KNNOptions { return KNNOptions{K: 200, Temperature: 0.1} }

// KNNResult is an accuracy with everything it depends on.
type KNNResult struct {
	Accuracy    float64 `json:"accuracy"` // a fraction, 0 to 1
	NTest       int     `json:"n_test"`
	NTrain      int     `json:"n_train"`
	Features    int     `json:"features"`
	Classes     int     `json:"classes"`
	K           int     `json:"k"` // those that voted: at most n_train
	Temperature float64 `json:"temperature"`
	Protocol    string  `json:"protocol"`
}

// KNN classifies features by their nearest neighbours (Wu et al. 2018): with the
// cosine similarities s_j of the k most similar rows of train, class c scores
//
//	Σ_{j of class c} e^{s_j/temperature}
//
// and the highest score wins; of equal ones the lower class, and of equally
// similar neighbours the lower row of train. train is (n, d) with n labels, test
// is (m, d); the predictions are m classes. Memory: O((n + m)·d) for normalised
// copies; the n x m similarities are never stored.
func KNN(train []float32, trainLabels []int64, test []float32, d int, opt KNNOptions) ([]int64, error) {
	const op = "knn"
	n, err := rowsOf(op, "train", train, d)
	if err != nil {
		return nil, err
	}
	if _, err := checkLabels(op, "train_labels", trainLabels, n); err != nil {
		return nil, err
	}
	m, err := rowsOf(op, "test", test, d)
	if err != nil {
		return nil, err
	}
	if opt.K < 1 {
		return nil, core.Invalid(op, "k", "want at least 1, got %d", opt.K)
	}
	if err := checkTemperature(op, opt.Temperature); err != nil {
		return nil, err
	}
	predictions := make([]int64, m)
	err = nearest(op, "train", train, "test", test, d, opt.K, func(q int, near []neighbour) {
		predictions[q] = vote(near, trainLabels, opt.Temperature)
	})
	if err != nil {
		return nil, err
	}
	return predictions, nil
}

// vote is the class with the highest score. Only ratios of scores matter, so the
// largest similarity is subtracted: the powers stay below 1.
func vote(near []neighbour, labels []int64, temperature float64) int64 {
	top := float64(near[0].similarity())
	var classes []int64 // those met so far, usually few
	var scores []float64
	for _, x := range near {
		label := labels[x.index()]
		c := slices.Index(classes, label)
		if c < 0 {
			c = len(classes)
			classes, scores = append(classes, label), append(scores, 0)
		}
		scores[c] += math.Exp((float64(x.similarity()) - top) / temperature)
	}
	best := 0
	for c, s := range scores {
		if s > scores[best] || s == scores[best] && classes[c] < classes[best] {
			best = c
		}
	}
	return classes[best]
}

// KNNAccuracy is KNN compared with the labels of test.
func KNNAccuracy(train []float32, trainLabels []int64, test []float32, testLabels []int64, d int, opt KNNOptions) (KNNResult, error) {
	const op = "knn"
	m, err := rowsOf(op, "test", test, d)
	if err != nil {
		return KNNResult{}, err
	}
	testClasses, err := checkLabels(op, "test_labels", testLabels, m)
	if err != nil {
		return KNNResult{}, err
	}
	predictions, err := KNN(train, trainLabels, test, d, opt)
	if err != nil {
		return KNNResult{}, err
	}
	classes, err := checkLabels(op, "train_labels", trainLabels, len(train)/d)
	if err != nil {
		return KNNResult{}, err
	}
	k := min(opt.K, len(train)/d)
	return KNNResult{
		Accuracy: Accuracy(predictions, testLabels),
		NTest:    m, NTrain: len(train) / d, Features: d, Classes: max(classes, testClasses),
		K: k, Temperature: opt.Temperature,
		Protocol: fmt.Sprintf("knn: cosine, k=%d, votes exp(similarity/%g)", k, opt.Temperature),
	}, nil
}
