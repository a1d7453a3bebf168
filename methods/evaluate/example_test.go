package evaluate_test

import (
	"fmt"

	"github.com/jumelle/jumelle/methods/evaluate"
)

func ExampleKNNAccuracy() {
	train, trainLabels := []float32{1, 0, 0.9, 0.3, 0, 1, 0.2, 1}, []int64{0, 0, 1, 1}
	test, testLabels := []float32{1, 0.2, 0.1, 0.8}, []int64{0, 1}
	result, err := evaluate.KNNAccuracy(train, trainLabels, test, testLabels, 2, evaluate.KNNOptions{K: 3, Temperature: 0.1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Accuracy, "of", result.NTest)
	fmt.Println(result.Protocol)
	// Output:
	// 1 of 2
	// knn: cosine, k=3, votes exp(similarity/0.1)
}

func ExampleFitLinear() {
	train, labels := []float32{1, 0, 0.9, 0.3, 0, 1, 0.2, 1}, []int64{0, 0, 1, 1}
	model, err := evaluate.FitLinear(train, labels, 2, evaluate.DefaultLinear())
	if err != nil {
		fmt.Println(err)
		return
	}
	classes, err := model.Predict([]float32{0.8, 0.1, 0.1, 0.7})
	fmt.Println(classes, err)
	// Output:
	// [0 1] <nil>
}
