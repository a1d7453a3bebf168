package augment

import "math"

// The functions of package math are written in assembly on some machines and
// may differ there in the last bit. What a drawn value passes through on its
// way to a byte is therefore computed here, with basic operations only (which
// IEEE 754 defines to the bit) and without fused products.

const ln2 = 0.693147180559945309417232121458

// logarithm is ln x for a positive, finite x; relative error about 1e-15.
func logarithm(x float64) float64 {
	m, e := math.Frexp(x) // 0.5 <= m < 1
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	// ln m = 2 artanh(t), |t| < 0.172: 11 terms reach the last bit.
	t := (m - 1) / (m + 1)
	t2 := t * t
	sum := 0.0
	for k := 21; k >= 1; k -= 2 {
		sum = float64(sum*t2) + 1/float64(k)
	}
	return float64(float64(e)*ln2) + float64(2*t*sum)
}

// exponential is e^x for |x| < 700; relative error about 1e-15.
func exponential(x float64) float64 {
	n := math.Floor(x/ln2 + 0.5)
	r := x - float64(n*ln2) // |r| < 0.35: 14 terms reach the last bit
	sum := 1.0
	for k := 14; k >= 1; k-- {
		sum = float64(sum*r)/float64(k) + 1
	}
	return math.Ldexp(sum, int(n))
}

// sineCosine takes degrees.
func sineCosine(degrees float64) (sin, cos float64) {
	quarter := math.Floor(degrees/90 + 0.5)
	r := (degrees - float64(quarter*90)) * (math.Pi / 180) // |r| <= pi/4
	r2 := r * r
	sin, cos = 1, 1
	for k := 16; k >= 2; k -= 2 {
		cos = 1 - float64(cos*r2)/float64(k*(k-1))
		sin = 1 - float64(sin*r2)/float64(k*(k+1))
	}
	sin = sin * r
	switch int(quarter) & 3 {
	case 1:
		return cos, -sin
	case 2:
		return -sin, -cos
	case 3:
		return -cos, sin
	}
	return sin, cos
}
