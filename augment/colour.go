package augment

// The plain forms of the colour kernels. Brightness, contrast, saturation and
// gray follow torchvision's float32 arithmetic step by step, so that they give
// its bytes; hue is integer (see plainTurnHue).

// plainAffine is v -> f*v + g, clamped and truncated: brightness (g = 0) and
// contrast (g = the mean's share).
func plainAffine(p []byte, f, g float32) {
	if len(p) < 256 { // less than the table costs
		for i, x := range p {
			p[i] = truncate(float32(f*float32(x)) + g)
		}
		return
	}
	var table [256]byte
	for i := range table {
		table[i] = truncate(float32(f*float32(i)) + g)
	}
	lookUp(p, &table)
}

func lookUp(p []byte, table *[256]byte) {
	for i, x := range p {
		p[i] = table[x]
	}
}

// truncate clamps to a byte and drops the fraction.
func truncate(x float32) byte {
	return byte(min(max(x, 0), 255))
}

// gray is torchvision's: weights in float32, rounded after each operation,
// truncated.
func gray(r, g, b byte) byte {
	x := float32(float32(0.2989)*float32(r)) + float32(float32(0.587)*float32(g))
	return byte(x + float32(float32(0.114)*float32(b)))
}

func plainToGray(dst, r, g, b []byte) {
	r, g, b = r[:len(dst)], g[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = gray(r[i], g[i], b[i])
	}
}

func plainSum(p []byte) int {
	n := 0
	for _, x := range p {
		n += int(x)
	}
	return n
}

// plainSaturate is v -> f*v + rest*gray in every channel.
func plainSaturate(r, g, b []byte, f, rest float32) {
	g, b = g[:len(r)], b[:len(r)]
	for i := range r {
		y := float32(rest * float32(gray(r[i], g[i], b[i])))
		r[i] = truncate(float32(f*float32(r[i])) + y)
		g[i] = truncate(float32(f*float32(g[i])) + y)
		b[i] = truncate(float32(f*float32(b[i])) + y)
	}
}

// plainTurnHue turns the hue by (sixth + part/65536) sixths of the circle.
//
// Value and saturation stay, so the largest and the smallest of R, G, B keep
// their values and only their places and the middle one change. With
// C = largest - smallest, everything is linear in C: the hue times C is
// H = (G-B), 2C + (B-R) or 4C + (R-G), a turn adds to it a multiple of C, and a
// channel is largest - clamp(min(k, 4C-k), 0, C) with k = H + 5C, 3C or C
// modulo 6C for R, G, B. No division: 16-bit integers in sixteenths of a level
// do, and they hold 11C = 44880.
func plainTurnHue(r, g, b []byte, sixth, part int) {
	g, b = g[:len(r)], b[:len(r)]
	for i := range r {
		R, G, B := int(r[i]), int(g[i]), int(b[i])
		top := max(R, G, B)
		c := top - min(R, G, B)
		var h int
		switch top {
		case R:
			h = G - B
		case G:
			h = 2*c + B - R
		default:
			h = 4*c + R - G
		}
		if h < 0 {
			h += 6 * c
		}
		c, top, h = c<<4, top<<4, h<<4
		h += sixth*c + c*part>>16
		if h >= 6*c {
			h -= 6 * c
		}
		r[i] = hueChannel(top, c, h+5*c)
		g[i] = hueChannel(top, c, h+3*c)
		b[i] = hueChannel(top, c, h+c)
	}
}

func hueChannel(top, c, k int) byte {
	if k >= 6*c {
		k -= 6 * c
	}
	x := top - min(max(min(k, 4*c-k), 0), c)
	// torchvision multiplies by 255.999 and truncates: x * (1 + 1/256) here.
	return byte((x + x>>8) >> 4)
}
