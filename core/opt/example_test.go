package opt_test

import (
	"fmt"

	"github.com/jumelle/jumelle/core/opt"
)

// A weight matrix with decay and a bias without, in one flat array.
func ExampleSGD() {
	params, grads := []float32{1, -1, 0.5}, []float32{0.1, 0.1, 0.1}
	groups := []opt.Group{{Offset: 0, Len: 2, Decay: true}, {Offset: 2, Len: 1}}
	sgd := &opt.SGD{Momentum: 0.9, WeightDecay: 0.01}
	for step := range int64(2) {
		if err := sgd.Step(params, grads, opt.WarmupCosine(step, 0.1, 1, 10, 0), groups); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.4f\n", params)
	}
	// Output:
	// [1.0000 -1.0000 0.5000]
	// [0.9791 -1.0171 0.4810]
}
