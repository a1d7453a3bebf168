package augment

import "github.com/jumelle/jumelle/core"

// OneOf runs one of its operations, each as likely.
type OneOf struct {
	Operations []Operation `json:"operations"`
	P          float64     `json:"p"`
}

func (o *OneOf) name() string { return "OneOf" }

func (o *OneOf) chance() float64 { return o.P }

func (o *OneOf) complete(int) {}

func (o *OneOf) nested() []Operation { return o.Operations }

func (o *OneOf) check(at string) error {
	if len(o.Operations) == 0 {
		return core.Invalid(opPipeline, at+".operations", "want at least one operation, got none")
	}
	return checkProbability(at, o.P)
}

func (o *OneOf) shape(at string, h, w int) (int, int, error) {
	endH, endW := h, w
	for i, op := range o.Operations {
		here := index(at+".operations", i)
		a, b, err := op.shape(here, h, w)
		if err != nil {
			return 0, 0, err
		}
		if i == 0 && o.P == 1 {
			endH, endW = a, b
		}
		if a != endH || b != endW {
			return 0, 0, core.Errorf(core.EShape, opApply, here, "want the same size whatever is chosen, got %d x %d and %d x %d", endH, endW, a, b)
		}
	}
	return endH, endW, nil
}

func (o *OneOf) run(v *view, st *step) {
	i := v.random.Intn(len(st.children))
	v.note("choice", float64(i))
	v.do(&st.children[i])
}
