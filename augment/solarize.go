package augment

// Solarize inverts the values from Threshold on: v >= 128 becomes 255 - v.
type Solarize struct {
	keeps
	Threshold int     `json:"threshold"` // 0 inverts all, 256 nothing
	P         float64 `json:"p"`
}

func (o *Solarize) name() string { return "Solarize" }

func (o *Solarize) chance() float64 { return o.P }

func (o *Solarize) check(at string) error {
	if err := checkInteger(at+".threshold", o.Threshold, 0, 256); err != nil {
		return err
	}
	return checkProbability(at, o.P)
}

func (o *Solarize) run(v *view, _ *step) {
	if v.dry {
		return
	}
	for i := range v.table {
		v.table[i] = byte(i)
		if i >= o.Threshold {
			v.table[i] = byte(255 - i)
		}
	}
	lookUp(v.pixels(), &v.table)
}
