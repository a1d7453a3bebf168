package augment

// VerticalFlip mirrors top and bottom.
type VerticalFlip struct {
	keeps
	P float64 `json:"p"`
}

func (o *VerticalFlip) name() string { return "VerticalFlip" }

func (o *VerticalFlip) chance() float64 { return o.P }

func (o *VerticalFlip) check(at string) error { return checkProbability(at, o.P) }

func (o *VerticalFlip) run(v *view, _ *step) { v.flip(false, true) }
