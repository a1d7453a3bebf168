package graph

import (
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	"github.com/jumelle/jumelle/core"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Inner is the scalar root of a network whose loss is computed outside the
// graph: the sum of products of z and upstream, the loss's gradient with respect
// to z. Its derivative with respect to z is upstream itself, so Grad of Inner is
// the backward pass. upstream is a constant. It must be the root that Grad
// starts at: it does not multiply by a gradient from above.
func (b *Graph) Inner(z, upstream *Node) *Node {
	if b.err != nil {
		return nil
	}
	if z == nil || upstream == nil {
		return b.missing("inner", "z and upstream")
	}
	if !z.Shape().Eq(upstream.Shape()) {
		return b.fail(core.Errorf(core.EShape, "inner", "upstream", "want shape %s, got %s", shapeText(z.Shape()), shapeText(upstream.Shape())))
	}
	building.Lock()
	defer building.Unlock()
	var node *Node
	err := guarded("inner", func() (err error) {
		node, err = gorgonia.ApplyOp(inner{len(z.Shape())}, z, upstream)
		return err
	})
	if err != nil {
		return b.fail(err)
	}
	return node
}

type inner struct{ dims int }

func (o inner) Arity() int { return 2 }

func (o inner) Type() hm.Type {
	t := gorgonia.TensorType{Dims: o.dims, Of: gorgonia.Float32}
	return hm.NewFnType(t, t, gorgonia.Float32)
}

func (o inner) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.ScalarShape(), nil
}

func (o inner) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	z, err := floats("inner", "z", values, 0)
	if err != nil {
		return nil, err
	}
	upstream, err := floats("inner", "upstream", values, 1)
	if err != nil {
		return nil, err
	}
	if len(z) != len(upstream) {
		return nil, core.Errorf(core.EShape, "inner", "upstream", "want %d elements, got %d", len(z), len(upstream))
	}
	sum := 0.0
	for i := range z {
		sum += float64(z[i]) * float64(upstream[i])
	}
	return gorgonia.NewF32(float32(sum)), nil
}

func (o inner) DiffWRT(int) []bool { return []bool{true, false} }

func (o inner) SymDiff(inputs gorgonia.Nodes, _, _ *Node) (gorgonia.Nodes, error) {
	return gorgonia.Nodes{inputs[1], nil}, nil
}

func (o inner) ReturnsPtr() bool      { return false }
func (o inner) CallsExtern() bool     { return false }
func (o inner) OverwritesInput() int  { return -1 }
func (o inner) String() string        { return "inner" }
func (o inner) WriteHash(h hash.Hash) { h.Write([]byte{'i', 'n', 'n', 'e', 'r', byte(o.dims)}) }

func (o inner) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}
