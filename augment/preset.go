package augment

import (
	"math"

	"github.com/jumelle/jumelle/core"
)

// PresetOptions of Preset. The zero value of everything but Size is the
// preset's own choice.
type PresetOptions struct {
	Size     int      // height and width of the views
	Strength *float64 // colour strength, simclr only; nil: 0.5
	Blur     *bool    // nil: what the paper has; simclr: without
}

// Presets are the names that Preset knows.
var presets = []string{"simclr", "moco_v1", "moco_v2", "byol", "barlow_twins", "weak", "test"}

// Preset returns a pipeline as a paper has it (docs: methods, views):
// simclr (Chen et al. 2020), moco_v1 and moco_v2 (He et al. 2020, Chen et al.
// 2020), byol (Grill et al. 2020) and barlow_twins (Zbontar et al. 2021), which
// are the same asymmetric pair, weak (crop and flip), test (resize and centre
// crop: no chance at all).
func Preset(name string, opt PresetOptions) (Spec, error) {
	if err := checkWord("preset", name, presets...); err != nil {
		return Spec{}, err
	}
	if err := checkSide("size", opt.Size); err != nil {
		return Spec{}, err
	}
	if opt.Strength != nil && name != "simclr" {
		return Spec{}, core.Invalid(opPipeline, "strength", "preset %s has no strength; simclr has", name)
	}
	if opt.Blur != nil && (name == "moco_v1" || name == "weak" || name == "test") {
		return Spec{}, core.Invalid(opPipeline, "blur", "preset %s has no blur", name)
	}
	blur := name != "simclr"
	if opt.Blur != nil {
		blur = *opt.Blur
	}
	s := Spec{Size: opt.Size}
	flip := &HorizontalFlip{P: 0.5}
	crop := func(from float64) Operation {
		return &RandomResizedCrop{Size: opt.Size, Scale: [2]float64{from, 1}, Ratio: [2]float64{3. / 4, 4. / 3}, Interpolation: Bicubic}
	}
	blurred := func(p float64, radius int) Operation {
		return &GaussianBlur{Sigma: [2]float64{0.1, 2}, Radius: radius, P: p}
	}
	// SimCLR and BYOL: a kernel of a tenth of the picture.
	tenth := max(1, opt.Size/20)
	switch name {
	case "simclr":
		strength := 0.5
		if opt.Strength != nil {
			strength = *opt.Strength
		}
		if !(strength >= 0 && strength <= 2.5) {
			return Spec{}, core.Invalid(opPipeline, "strength", "want 0 to 2.5, got %v", strength)
		}
		s.Operations = []Operation{crop(0.08), flip,
			&ColorJitter{Brightness: 0.8 * strength, Contrast: 0.8 * strength, Saturation: 0.8 * strength, Hue: 0.2 * strength, P: 0.8}, &Grayscale{P: 0.2}}
		if blur {
			s.Operations = append(s.Operations, blurred(0.5, tenth))
		}
	case "moco_v1":
		s.Operations = []Operation{crop(0.2), &Grayscale{P: 0.2}, &ColorJitter{Brightness: 0.4, Contrast: 0.4, Saturation: 0.4, Hue: 0.4, P: 1}, flip}
	case "moco_v2":
		s.Operations = []Operation{crop(0.2), flip, &ColorJitter{Brightness: 0.4, Contrast: 0.4, Saturation: 0.4, Hue: 0.1, P: 0.8}, &Grayscale{P: 0.2}}
		if blur {
			s.Operations = append(s.Operations, blurred(0.5, 0))
		}
	case "byol", "barlow_twins":
		for _, p := range []float64{1, 0.1} {
			ops := []Operation{crop(0.08), flip, &ColorJitter{Brightness: 0.4, Contrast: 0.4, Saturation: 0.2, Hue: 0.1, P: 0.8}, &Grayscale{P: 0.2}}
			if blur {
				ops = append(ops, blurred(p, tenth))
			}
			if p != 1 {
				ops = append(ops, &Solarize{Threshold: 128, P: 0.2})
			}
			s.Views = append(s.Views, ViewSpec{ops})
		}
	case "weak":
		s.Operations = []Operation{crop(0.08), flip}
	case "test":
		// SimCLR crops 0.875 of the picture, and nothing of small ones.
		larger := opt.Size
		if opt.Size > 32 {
			larger = min(core.MaxSide, int(math.Round(float64(opt.Size)/0.875)))
		}
		s.Operations = []Operation{&Resize{Size: larger, KeepAspect: true, Interpolation: Bicubic}, &CenterCrop{Size: opt.Size}}
	}
	return s, nil
}
