package loss_test

import (
	"fmt"

	"github.com/jumelle/jumelle/methods/loss"
)

// Two views of three pictures, in two dimensions.
var (
	viewA = []float32{1, 0, 0, 1, -1, -1}
	viewB = []float32{1, 0.1, 0.2, 1, -1, -0.8}
)

func ExampleNTXent() {
	ga, gb := make([]float32, 6), make([]float32, 6)
	value, err := loss.NTXent(viewA, viewB, 3, 2, loss.NTXentOptions{Temperature: 0.5}, ga, gb)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("loss %.4f\n", value)

	_, err = loss.NTXent(viewA, viewB, 3, 2, loss.NTXentOptions{}, nil, nil)
	fmt.Println(err)
	// Output:
	// loss 0.2826
	// nt_xent: temperature: want a finite number of at least 1e-8, got 0
}

// InfoNCE is the cross-entropy of "which picture did this view come from".
func ExampleInfoNCELogits() {
	logits, labels := make([]float32, 9), make([]int64, 3)
	opt := loss.DefaultInfoNCE()
	if err := loss.InfoNCELogits(viewA, viewB, 3, 2, opt, logits, labels); err != nil {
		fmt.Println(err)
		return
	}
	for i := range 3 {
		fmt.Printf("%5.1f  label %d\n", logits[i*3:i*3+3], labels[i])
	}
	entropy, err := loss.CrossEntropy(logits, labels, 3, 3, loss.CrossEntropyOptions{}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := loss.InfoNCE(viewA, viewB, 3, 2, opt, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("cross-entropy %.4f, InfoNCE %.4f\n", entropy, value)
	// Output:
	// [  5.0   1.0  -3.9]  label 0
	// [  0.5   4.9  -3.1]  label 1
	// [ -3.9  -4.2   5.0]  label 2
	// cross-entropy 0.0104, InfoNCE 0.0104
}
