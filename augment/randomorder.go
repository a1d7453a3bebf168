package augment

import "github.com/jumelle/jumelle/core"

// RandomOrder runs all its operations, in random order.
type RandomOrder struct {
	Operations []Operation `json:"operations"`
	P          float64     `json:"p"`
}

func (o *RandomOrder) name() string { return "RandomOrder" }

func (o *RandomOrder) chance() float64 { return o.P }

func (o *RandomOrder) complete(int) {}

func (o *RandomOrder) nested() []Operation { return o.Operations }

func (o *RandomOrder) check(at string) error {
	if len(o.Operations) == 0 {
		return core.Invalid(opPipeline, at+".operations", "want at least one operation, got none")
	}
	return checkProbability(at, o.P)
}

// shape allows operations that change the size when the order does not matter
// for it: all of them lead to the same size, from before and from there.
func (o *RandomOrder) shape(at string, h, w int) (int, int, error) {
	endH, endW := h, w
	for i, op := range o.Operations {
		a, b, err := op.shape(index(at+".operations", i), h, w)
		if err != nil {
			return 0, 0, err
		}
		if a != h || b != w {
			endH, endW = a, b
		}
	}
	if o.P < 1 && (endH != h || endW != w) {
		return 0, 0, core.Errorf(core.EShape, opApply, at+".p", "want 1 when an operation changes the size (%d x %d to %d x %d), got %v", h, w, endH, endW, o.P)
	}
	for i, op := range o.Operations {
		here := index(at+".operations", i)
		a, b, err := op.shape(here, h, w)
		if err != nil {
			return 0, 0, err
		}
		c, d, err := op.shape(here, endH, endW)
		if err != nil {
			return 0, 0, err
		}
		if (a != h || b != w) && (a != endH || b != endW) || c != endH || d != endW {
			return 0, 0, core.Errorf(core.EShape, opApply, here, "want operations that lead to the same size in any order, got %d x %d and %d x %d", endH, endW, c, d)
		}
	}
	return endH, endW, nil
}

func (o *RandomOrder) run(v *view, st *step) {
	if cap(v.order) < len(st.children) {
		v.order = make([]int64, maxOperations)
	}
	// Nested random orders share the scratch memory: each takes what is behind.
	order := v.order[:len(st.children):len(st.children)]
	rest := v.order
	v.order = v.order[len(st.children):]
	v.random.Permutation(order)
	for _, i := range order {
		v.do(&st.children[i])
	}
	v.order = rest
}
