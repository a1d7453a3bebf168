package augment

// ColorJitter changes brightness, contrast, saturation and hue, in random order,
// each by a random amount; the result of each is clamped and truncated to bytes.
// Brightness x draws a factor from max(0, 1-x) to 1+x, hue x a turn from -x to x
// of the circle. What is 0 is left out. One channel: no saturation, no hue.
type ColorJitter struct {
	keeps
	Brightness float64 `json:"brightness"`
	Contrast   float64 `json:"contrast"`
	Saturation float64 `json:"saturation"`
	Hue        float64 `json:"hue"`
	P          float64 `json:"p"`
}

func (o *ColorJitter) name() string { return "ColorJitter" }

func (o *ColorJitter) chance() float64 { return o.P }

func (o *ColorJitter) check(at string) error {
	const most = 100 // beyond this a picture is black or white
	if err := checkNumber(at+".brightness", o.Brightness, 0, most); err != nil {
		return err
	}
	if err := checkNumber(at+".contrast", o.Contrast, 0, most); err != nil {
		return err
	}
	if err := checkNumber(at+".saturation", o.Saturation, 0, most); err != nil {
		return err
	}
	if err := checkNumber(at+".hue", o.Hue, 0, 0.5); err != nil {
		return err
	}
	return checkProbability(at, o.P)
}

func (o *ColorJitter) run(v *view, _ *step) {
	// All is drawn, whether it is used or not: what a strength draws does not
	// depend on the other strengths.
	order := [4]int{0, 1, 2, 3}
	for i := 3; i > 0; i-- {
		j := v.random.Intn(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	brightness := v.random.Uniform(max(0, 1-o.Brightness), 1+o.Brightness)
	contrast := v.random.Uniform(max(0, 1-o.Contrast), 1+o.Contrast)
	saturation := v.random.Uniform(max(0, 1-o.Saturation), 1+o.Saturation)
	hue := v.random.Uniform(-o.Hue, o.Hue)
	for _, which := range order {
		switch {
		case which == 0 && o.Brightness > 0:
			v.note("brightness", brightness)
			v.brightness(brightness)
		case which == 1 && o.Contrast > 0:
			v.note("contrast", contrast)
			v.contrast(contrast)
		case which == 2 && o.Saturation > 0 && v.c == 3:
			v.note("saturation", saturation)
			v.saturation(saturation)
		case which == 3 && o.Hue > 0 && v.c == 3:
			v.note("hue", hue)
			v.hue(hue)
		}
	}
}

func (v *view) brightness(f float64) {
	if !v.dry {
		affine(v.pixels(), float32(f), 0)
	}
}

// contrast blends with the mean gray of the whole picture.
func (v *view) contrast(f float64) {
	if v.dry {
		return
	}
	grays := v.pixels()
	if v.c == 3 {
		grays = v.room(v.h, v.w)[:v.h*v.w]
		toGray(grays, v.plane(0), v.plane(1), v.plane(2))
	}
	mean := float32(sum(grays)) / float32(len(grays))
	affine(v.pixels(), float32(f), float32(float32(1-f)*mean))
}

func (v *view) saturation(f float64) {
	if !v.dry {
		saturate(v.plane(0), v.plane(1), v.plane(2), float32(f), float32(1-f))
	}
}

// hue turns by a part of the circle, -0.5 to 0.5.
func (v *view) hue(turn float64) {
	if v.dry {
		return
	}
	units := int(float64(turn*(6<<16)) + 6<<16 + 0.5)
	units %= 6 << 16
	if units != 0 {
		turnHue(v.plane(0), v.plane(1), v.plane(2), units>>16, units&0xFFFF)
	}
}
