package loss

// Sums over a row are float64 in four interleaved parts: a fixed order, the same
// in the vector versions (vectors_simd.go), which give the same bits.

// dotPlain is Σ x·y. The product of two float32 is exact in float64.
func dotPlain(x, y []float32) float64 {
	y = y[:len(x)]
	var s [4]float64
	j := 0
	for ; j+4 <= len(x); j += 4 {
		s[0] += float64(x[j]) * float64(y[j])
		s[1] += float64(x[j+1]) * float64(y[j+1])
		s[2] += float64(x[j+2]) * float64(y[j+2])
		s[3] += float64(x[j+3]) * float64(y[j+3])
	}
	return dotRest(s, x[j:], y[j:])
}

// dotRest adds up the parts and the columns after the last four.
func dotRest(s [4]float64, x, y []float32) float64 {
	for j := range x {
		s[0] += float64(x[j]) * float64(y[j])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}

// scaledPlain writes scale·x.
func scaledPlain(x []float32, scale float64, out []float32) {
	out = out[:len(x)]
	for j, v := range x {
		out[j] = float32(float64(v) * scale)
	}
}

// combinePlain writes a·x + b·y + c·z, each product and sum rounded to float64.
func combinePlain(a float64, x []float32, b float64, y []float32, c float64, z, out []float32) {
	y, z, out = y[:len(x)], z[:len(x)], out[:len(x)]
	for j, v := range x {
		t := float64(a*float64(v)) + float64(b*float64(y[j]))
		out[j] = float32(t + float64(c*float64(z[j])))
	}
}
