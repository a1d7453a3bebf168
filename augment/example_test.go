package augment_test

import (
	"fmt"

	"github.com/jumelle/jumelle/augment"
	"github.com/jumelle/jumelle/core"
)

// Two views of each of ten pictures, as SimCLR makes them.
func ExamplePipeline_Apply() {
	pipeline, err := augment.FromSpec([]byte(`{"preset": "simclr", "size": 32, "strength": 0.5}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	pictures := core.Batch{N: 10, H: 48, W: 64, C: 3, Data: make([]byte, 10*48*64*3)}
	views := make([]byte, 2*10*32*32*3)
	err = pipeline.Apply(pictures, augment.Options{Views: 2, Seed: 1, Epoch: 0}, views)
	fmt.Println(err)
	// Output: <nil>
}

// What the operations drew for one view.
func ExamplePipeline_Explain() {
	pipeline, err := augment.New(augment.Spec{Size: 8, Operations: []augment.Operation{
		&augment.RandomCrop{Size: 8, Padding: 2},
		&augment.HorizontalFlip{P: 0.5},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	drawn, err := pipeline.Explain(8, 8, 3, 1, 0, 5, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range drawn {
		fmt.Println(d.Op, d.Applied, d.Values)
	}
	// Output:
	// RandomCrop true [{x 2} {y 2}]
	// HorizontalFlip true []
}

// A misspelt field is refused, with the nearest known name.
func ExampleFromSpec() {
	_, err := augment.FromSpec([]byte(`{"size": 32, "operations": [{"op": "RandomResizedCrop", "sclae": [0.2, 1]}]}`))
	fmt.Println(err)
	// Output: pipeline: operations[0].sclae: unknown field (did you mean "scale"?); known: op, size, scale, ratio, interpolation
}
