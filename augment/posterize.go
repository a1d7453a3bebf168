package augment

// Posterize keeps the Bits highest bits of every value.
type Posterize struct {
	keeps
	Bits int     `json:"bits"`
	P    float64 `json:"p"`
}

func (o *Posterize) name() string { return "Posterize" }

func (o *Posterize) chance() float64 { return o.P }

func (o *Posterize) check(at string) error {
	if err := checkInteger(at+".bits", o.Bits, 1, 8); err != nil {
		return err
	}
	return checkProbability(at, o.P)
}

func (o *Posterize) run(v *view, _ *step) {
	if v.dry {
		return
	}
	for i := range v.table {
		v.table[i] = byte(i) &^ (0xFF >> o.Bits)
	}
	lookUp(v.pixels(), &v.table)
}
