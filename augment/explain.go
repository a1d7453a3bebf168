package augment

import (
	"math"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/rng"
)

// Drawn is what one operation drew for one view.
type Drawn struct {
	Op      string  `json:"op"`      // name in the specification
	At      string  `json:"at"`      // path in the document
	Applied bool    `json:"applied"` // false: chance left it out
	Values  []Value `json:"values"`  // in the order in which they took effect
}

// Value is one drawn number: "scale" 0.41, "sigma" 1.2.
type Value struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Explain returns what the operations draw for one view of one picture of
// h x w x c, in the order in which they run: the same numbers that Apply uses.
func (p *Pipeline) Explain(h, w, c int, seed uint64, epoch uint32, picture int64, number int) ([]Drawn, error) {
	const op = "pipeline_explain"
	if h < 1 || w < 1 || h > core.MaxSide || w > core.MaxSide || (c != 1 && c != 3) {
		return nil, core.Errorf(core.EShape, op, "shape", "want 1 to %d pixels a side and 1 or 3 channels, got (%d, %d, %d)", core.MaxSide, h, w, c)
	}
	if picture < 0 || picture > math.MaxUint32 {
		return nil, core.Invalid(op, "picture", "want 0 to %d, got %d", uint32(math.MaxUint32), picture)
	}
	if number < 0 || number > math.MaxUint16 {
		return nil, core.Invalid(op, "view", "want 0 to %d, got %d", math.MaxUint16, number)
	}
	if err := p.checkShapes("shape", h, w); err != nil {
		return nil, err
	}
	drawn := []Drawn{}
	v := &view{dry: true, log: &drawn}
	v.begin(rng.Key{Seed: seed, Epoch: epoch, Picture: uint32(picture), View: uint16(number)}, h, w, c, nil)
	for j, steps := 0, p.views[number%len(p.views)]; j < len(steps); j++ {
		v.do(&steps[j])
	}
	return drawn, nil
}

func (v *view) logStep(st *step, applied bool) {
	if v.log != nil {
		*v.log = append(*v.log, Drawn{Op: st.op.name(), At: st.at, Applied: applied, Values: []Value{}})
	}
}

// note records a drawn value of the operation that runs.
func (v *view) note(name string, value float64) {
	if v.log != nil {
		last := &(*v.log)[len(*v.log)-1]
		last.Values = append(last.Values, Value{name, value})
	}
}
