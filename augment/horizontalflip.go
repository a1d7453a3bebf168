package augment

// HorizontalFlip mirrors left and right.
type HorizontalFlip struct {
	keeps
	P float64 `json:"p"`
}

func (o *HorizontalFlip) name() string { return "HorizontalFlip" }

func (o *HorizontalFlip) chance() float64 { return o.P }

func (o *HorizontalFlip) check(at string) error { return checkProbability(at, o.P) }

func (o *HorizontalFlip) run(v *view, _ *step) { v.flip(true, false) }
