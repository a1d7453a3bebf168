package augment

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/jumelle/jumelle/core"
)

// Pipeline makes views. It does not change after New, and any number of
// goroutines may use it at once.
type Pipeline struct {
	spec    Spec
	views   [][]step  // the steps of view v are views[v mod len(views)]
	workers sync.Pool // *view: the scratch memory of one worker
}

// step is an operation at its place. The place numbers operations from 0 in the
// order of the document, a nested one behind the one that holds it; it is part
// of the key of the random numbers.
type step struct {
	op       Operation
	at       string // path in the document: "operations[2]"
	position uint16
	children []step
}

// maxOperations bounds a list, nested operations included.
const maxOperations = 1000

// New makes the pipeline that spec describes. It keeps nothing of spec.
func New(spec Spec) (*Pipeline, error) {
	if err := checkSide("size", spec.Size); err != nil {
		return nil, err
	}
	if (spec.Operations == nil) == (spec.Views == nil) {
		return nil, core.Invalid(opPipeline, "operations", "want either operations or views, got %s", bothOrNone(spec))
	}
	p := &Pipeline{spec: Spec{Size: spec.Size}}
	p.workers.New = func() any { return new(view) }
	if spec.Views == nil {
		p.spec.Operations = clone(spec.Operations)
		steps, err := compile("operations", p.spec.Operations, spec.Size)
		p.views = [][]step{steps}
		return p, err
	}
	if len(spec.Views) == 0 {
		return nil, core.Invalid(opPipeline, "views", "want at least one list of operations, got none")
	}
	for i, one := range spec.Views {
		ops := clone(one.Operations)
		p.spec.Views = append(p.spec.Views, ViewSpec{ops})
		steps, err := compile(index("views", i)+".operations", ops, spec.Size)
		if err != nil {
			return nil, err
		}
		p.views = append(p.views, steps)
	}
	return p, nil
}

func bothOrNone(s Spec) string {
	if s.Views == nil {
		return "none of them"
	}
	return "both"
}

// FromSpec makes the pipeline of a JSON document (see Spec).
func FromSpec(document []byte) (*Pipeline, error) {
	spec, err := ParseSpec(document)
	if err != nil {
		return nil, err
	}
	return New(spec)
}

// Spec returns the complete document: every field of every operation, defaults
// included. FromSpec of it makes the same pipeline.
func (p *Pipeline) Spec() []byte {
	text, err := p.spec.MarshalJSON()
	if err != nil {
		panic(err) // only NaN and infinity have no JSON form, and check refused them
	}
	return text
}

// Size is the height and width of every view.
func (p *Pipeline) Size() int { return p.spec.Size }

// Distinct is the number of lists of operations: 1, or more for a pipeline whose
// views differ.
func (p *Pipeline) Distinct() int { return len(p.views) }

// compile completes and checks a list of operations and numbers its places.
func compile(at string, ops []Operation, size int) ([]step, error) {
	next := 0
	steps, err := place(at, ops, size, &next)
	if err == nil && next > maxOperations {
		err = core.Invalid(opPipeline, at, "want at most %d operations, got %d", maxOperations, next)
	}
	return steps, err
}

func place(at string, ops []Operation, size int, next *int) ([]step, error) {
	steps := make([]step, len(ops))
	for i, op := range ops {
		st := &steps[i]
		*st = step{op: op, at: index(at, i), position: uint16(*next)}
		if op == nil {
			return nil, core.Invalid(opPipeline, st.at, "want an operation, got nothing")
		}
		if *next++; *next > maxOperations {
			return steps, nil
		}
		op.complete(size)
		if err := op.check(st.at); err != nil {
			return nil, err
		}
		if parent, ok := op.(composite); ok {
			var err error
			if st.children, err = place(st.at+".operations", parent.nested(), size, next); err != nil {
				return nil, err
			}
		}
	}
	return steps, nil
}

// composite is an operation that holds others.
type composite interface {
	nested() []Operation
}

// clone copies operations, so that a pipeline shares nothing with its maker.
func clone(ops []Operation) []Operation {
	out := make([]Operation, len(ops))
	for i, op := range ops {
		v := reflect.ValueOf(op)
		if op == nil || v.IsNil() {
			continue
		}
		c := reflect.New(v.Type().Elem())
		c.Elem().Set(v.Elem())
		for j := range c.Elem().NumField() {
			f := c.Elem().Field(j)
			if !f.CanInterface() {
				continue // embedded, without data
			}
			if nested, ok := f.Interface().([]Operation); ok {
				f.Set(reflect.ValueOf(clone(nested)))
			} else if f.Kind() == reflect.Slice && !f.IsNil() {
				f.Set(reflect.AppendSlice(reflect.MakeSlice(f.Type(), 0, f.Len()), f))
			}
		}
		out[i] = c.Interface().(Operation)
	}
	return out
}

func index(at string, i int) string { return fmt.Sprintf("%s[%d]", at, i) }

// checkShapes refuses pictures of h x w that the operations cannot turn into
// views of the pipeline's size.
func (p *Pipeline) checkShapes(argument string, h, w int) error {
	for i, steps := range p.views {
		h, w := h, w
		for _, st := range steps {
			var err error
			if h, w, err = st.op.shape(st.at, h, w); err != nil {
				return err
			}
		}
		if n := p.spec.Size; h != n || w != n {
			return core.Errorf(core.EShape, opApply, argument, "want views of size %d x %d, but the operations of view %d give %d x %d", n, n, i, h, w)
		}
	}
	return nil
}
