package augment

// Equalize spreads the values of each channel so that they fill 0 to 255 evenly
// (Pillow and torchvision).
type Equalize struct {
	keeps
	P float64 `json:"p"`
}

func (o *Equalize) name() string { return "Equalize" }

func (o *Equalize) chance() float64 { return o.P }

func (o *Equalize) check(at string) error { return checkProbability(at, o.P) }

func (o *Equalize) run(v *view, _ *step) {
	if v.dry {
		return
	}
	for c := range v.c {
		p := v.plane(c)
		if equalizing(p, &v.table) {
			lookUp(p, &v.table)
		}
	}
}

// equalizing makes the table of a channel; false: the channel stays as it is.
func equalizing(p []byte, table *[256]byte) bool {
	var count [256]int
	highest := byte(0)
	for _, x := range p {
		count[x]++
		highest = max(highest, x)
	}
	step := (len(p) - count[highest]) / 255
	if step == 0 {
		return false
	}
	below := 0
	for i, n := range count {
		table[i] = byte(min(255, (below+step/2)/step))
		below += n
	}
	return true
}
