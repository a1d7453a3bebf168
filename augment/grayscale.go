package augment

// Grayscale puts gray (0.2989 R + 0.587 G + 0.114 B, truncated) in all three
// channels. A picture of one channel stays as it is.
type Grayscale struct {
	keeps
	P float64 `json:"p"`
}

func (o *Grayscale) name() string { return "Grayscale" }

func (o *Grayscale) chance() float64 { return o.P }

func (o *Grayscale) check(at string) error { return checkProbability(at, o.P) }

func (o *Grayscale) run(v *view, _ *step) {
	if v.dry || v.c == 1 {
		return
	}
	r, g, b := v.plane(0), v.plane(1), v.plane(2)
	toGray(r, r, g, b)
	copy(g, r)
	copy(b, r)
}
