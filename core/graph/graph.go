// Package graph is the language of networks: the library's operations on
// gorgonia's expression graph, with symbolic derivatives, and a small builder,
// so that core/nn needs no gorgonia.
//
// Every operation is one output of a kernel.Op. The graph owns what is computed;
// how (layouts, fusion, memory) is core/plan's affair. gorgonia's own machines
// can run a graph too, through the portable kernels, slowly: the oracle of tests.
package graph

import (
	"errors"
	"fmt"
	"sync"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Node is a value of a graph: an input or what an operation computes.
type Node = gorgonia.Node

// Graph builds a graph. After the first mistake every builder function returns
// nil and Err says what was wrong, so a network is written without an if a line.
// It is not safe for concurrent use.
type Graph struct {
	g     *gorgonia.ExprGraph
	names map[string]bool
	err   error
}

// New returns an empty graph.
func New() *Graph {
	return &Graph{g: gorgonia.NewGraph(), names: map[string]bool{}}
}

// Err is the first mistake made while building, nil if there was none.
func (b *Graph) Err() error { return b.err }

// Expr is the graph as gorgonia's machines and core/plan read it.
func (b *Graph) Expr() *gorgonia.ExprGraph { return b.g }

func (b *Graph) fail(err error) *Node {
	if b.err == nil {
		b.err = err
	}
	return nil
}

// Input is a tensor that comes from outside: pictures, a parameter, an upstream
// gradient. Its name must be new: gorgonia takes inputs of one name for one.
func (b *Graph) Input(name string, shape ...int) *Node {
	if b.err != nil {
		return nil
	}
	if name == "" || b.names[name] {
		return b.fail(core.Invalid("input", "name", "want a new name, got %q", name))
	}
	if len(shape) == 0 {
		return b.fail(core.Errorf(core.EShape, "input", name, "want at least one dimension, got none"))
	}
	if _, err := kernel.Elements("input", name, shape); err != nil {
		return b.fail(err)
	}
	b.names[name] = true
	building.Lock()
	defer building.Unlock()
	return gorgonia.NewTensor(b.g, gorgonia.Float32, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// building guards what gorgonia shares between graphs: counters, and constants
// such as the 1 at the root of a gradient, which are hashed at first use.
var building sync.Mutex

// Grad appends the derivatives of root, a scalar, to the graph and returns those
// with respect to wrt, in order.
func (b *Graph) Grad(root *Node, wrt ...*Node) []*Node {
	if b.err != nil {
		return nil
	}
	building.Lock()
	defer building.Unlock()
	var grads gorgonia.Nodes
	err := guarded("grad", func() (err error) {
		grads, err = gorgonia.Grad(root, wrt...)
		return err
	})
	if err != nil {
		b.fail(err)
		return nil
	}
	return grads
}

// add applies k and returns its output of that name.
func (b *Graph) add(k kernel.Op, output string, inputs ...*Node) *Node {
	if b.err != nil {
		return nil
	}
	building.Lock()
	defer building.Unlock()
	node, err := apply(k, output, inputs...)
	if err != nil {
		return b.fail(err)
	}
	return node
}

// apply makes the node of one output of k. Shapes are checked here, in our
// words, before gorgonia sees the operation.
func apply(k kernel.Op, output string, inputs ...*Node) (*Node, error) {
	op := Op{k, output}
	shapes := make([]tensor.Shape, len(inputs))
	for i, n := range inputs {
		if n == nil {
			return nil, core.Invalid(k.Name(), "input", "want a node, got nil as number %d", i)
		}
		shapes[i] = n.Shape()
	}
	if _, err := op.infer(shapes); err != nil {
		return nil, err
	}
	var node *Node
	err := guarded(k.Name(), func() (err error) {
		node, err = gorgonia.ApplyOp(op, inputs...)
		return err
	})
	if err != nil {
		return nil, err
	}
	// gorgonia identifies nodes by 32 bits of hash and compares no inputs.
	for i, n := range Inputs(node) {
		if n != inputs[i] {
			return nil, core.Errorf(core.EIntern, k.Name(), "", "two nodes of the graph have the same hash")
		}
	}
	return node, nil
}

// Inputs lists the nodes that n is computed from, in order; none for an input.
func Inputs(n *Node) []*Node {
	it := n.Graph().From(n.ID())
	if it == nil {
		return nil
	}
	nodes := make([]*Node, 0, max(it.Len(), 0))
	for it.Next() {
		nodes = append(nodes, it.Node().(*Node))
	}
	return nodes
}

// guarded turns a panic of gorgonia, which checks little, into an error.
func guarded(op string, body func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = core.Errorf(core.EIntern, op, "", "panic: %v", r)
		}
	}()
	if err = body(); err == nil {
		return nil
	}
	var ours *core.Error
	if errors.As(err, &ours) {
		return ours // without what gorgonia wrapped around it
	}
	return &core.Error{Code: core.EIntern, Op: op, Err: err}
}

// shapeText writes a shape as Python does: (256, 128).
func shapeText(shape []int) string {
	s := "("
	for i, d := range shape {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprint(d)
	}
	if len(shape) == 1 {
		s += ","
	}
	return s + ")"
}
