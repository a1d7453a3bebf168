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

// normalQuantile is the number below which a standard normal one falls with
// probability p, 0 < p < 1; relative error about 1e-7 (Wichura 1988, AS 241,
// the routine of 7 figures).
func normalQuantile(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - float64(q*q)
		return q * polynomial(r, 3.3871327179, 50.434271938, 159.29113202, 59.109374720) /
			polynomial(r, 1, 17.895169469, 78.757757664, 67.187563600)
	}
	r := math.Sqrt(-logarithm(min(p, 1-p)))
	var z float64
	if r <= 5 {
		r -= 1.6
		z = polynomial(r, 1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103) /
			polynomial(r, 1, 0.73700164250, 0.12021132975, 0)
	} else {
		r -= 5
		z = polynomial(r, 6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997) /
			polynomial(r, 1, 0.24197894225, 0.012258202635, 0)
	}
	if q < 0 {
		return -z
	}
	return z
}

func polynomial(x, c0, c1, c2, c3 float64) float64 {
	return c0 + float64(x*(c1+float64(x*(c2+float64(x*c3)))))
}
