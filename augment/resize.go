package augment

import "github.com/jumelle/jumelle/core"

// Resize brings the picture to Size: its shorter side when KeepAspect is set
// (the other one follows, truncated), else both sides.
type Resize struct {
	Size          int    `json:"size"` // 0: the pipeline's
	KeepAspect    bool   `json:"keep_aspect"`
	Interpolation string `json:"interpolation"`
}

func (o *Resize) name() string { return "Resize" }

func (o *Resize) chance() float64 { return certain }

func (o *Resize) complete(size int) {
	if o.Size == 0 {
		o.Size = size
	}
}

func (o *Resize) check(at string) error {
	if err := checkSide(at+".size", o.Size); err != nil {
		return err
	}
	return checkWord(at+".interpolation", o.Interpolation, Bicubic, Bilinear)
}

func (o *Resize) shape(at string, h, w int) (int, int, error) {
	outH, outW := o.Size, o.Size
	if o.KeepAspect {
		if w <= h {
			outH = o.Size * h / w
		} else {
			outW = o.Size * w / h
		}
	}
	if outH*outW > core.MaxSide*core.MaxSide {
		return 0, 0, core.Errorf(core.EShape, opApply, at+".size", "want pictures that stay below %d pixels, got %d x %d, which become %d x %d",
			core.MaxSide*core.MaxSide, h, w, outH, outW)
	}
	return outH, outW, nil
}

func (o *Resize) run(v *view, st *step) {
	h, w, _ := o.shape(st.at, v.h, v.w)
	v.resize(0, 0, v.h, v.w, h, w, filters[o.Interpolation])
}
