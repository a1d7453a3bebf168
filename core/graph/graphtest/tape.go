// Package graphtest runs graphs on gorgonia's tape machine, one operation at a
// time through the portable kernels: slow, and independent of core/plan. It is
// for tests.
package graphtest

import (
	"fmt"

	"github.com/jumelle/jumelle/core/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Run gives the inputs their values and returns those of outputs, row-major.
// Call it once a graph: it appends reading statements.
func Run(g *graph.Graph, inputs map[*graph.Node][]float32, outputs ...*graph.Node) ([][]float32, error) {
	if err := g.Err(); err != nil {
		return nil, err
	}
	for n, v := range inputs {
		t := tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(v))
		if err := gorgonia.Let(n, t); err != nil {
			return nil, err
		}
	}
	values := make([]gorgonia.Value, len(outputs))
	for i, n := range outputs {
		gorgonia.Read(n, &values[i])
	}
	machine := gorgonia.NewTapeMachine(g.Expr())
	defer machine.Close()
	if err := machine.RunAll(); err != nil {
		return nil, err
	}
	result := make([][]float32, len(outputs))
	for i, v := range values {
		switch data := v.Data().(type) {
		case []float32:
			result[i] = append([]float32(nil), data...)
		case float32:
			result[i] = []float32{data}
		default:
			return nil, fmt.Errorf("output %d is a %T", i, data)
		}
	}
	return result, nil
}
