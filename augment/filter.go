package augment

// Names of the interpolation filters.
const (
	Bilinear = "bilinear"
	Bicubic  = "bicubic"
)

// filter is a resampling kernel; weight is called for |x| < support.
type filter struct {
	support float64
	weight  func(x float64) float64
}

var filters = map[string]*filter{
	Bilinear: {1, func(x float64) float64 {
		if x < 0 {
			x = -x
		}
		return max(0, 1-x)
	}},
	// Keys's cubic with a = -1/2, as Pillow and torchvision have it when they
	// antialias.
	Bicubic: {2, func(x float64) float64 {
		if x < 0 {
			x = -x
		}
		switch {
		case x < 1:
			return float64((float64(1.5*x)-2.5)*x*x) + 1
		case x < 2:
			return float64((float64((float64(-0.5*x)+2.5)*x)-4)*x) + 2
		}
		return 0
	}},
}

// axis is how one direction of a resize weighs its inputs: output j is
// sum of weights[j*k+t] * input[start[j]+t], in fixed point of shift bits.
type axis struct {
	n        int  // outputs
	from     int  // the first of them, of all that the resize would give
	k        int  // weights per output; even, the last ones may be 0
	identity bool // output j is input from+j (or from+n-1-j when flipped)
	flip     bool
	shift    int
	start    []int32
	weights  []int16

	// The same for the vector kernels; see arrangeRow and arrangeColumns.
	layout layout
	bases  []int32
	masks  []int8
	pairs  []int16
	words  []int32
}

// layout is how arrangeRow laid an axis out for the vector kernels.
type layout int

const (
	unarranged layout = iota // plain only
	shuffled                 // step at most 2: 8 outputs come from 16 bytes
	dotted                   // larger steps: 16 weights at a time for one output
)

// build makes the weights of outputs from..from+n-1 of a resize from in to out
// samples, as Pillow does: pixel centres aligned, the kernel as wide as the step
// when it shrinks (antialiased), weights outside the picture left out and the rest
// normalised.
func (a *axis) build(in, out, from, n int, f *filter, flip bool, work *[]float64) {
	a.n, a.from, a.flip, a.identity = n, from, flip, in == out
	a.layout = unarranged
	if a.identity {
		return
	}
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	shrink := 1 / stretch
	support := float64(f.support * stretch)
	k := 2*int(support+1) + 1
	k = min(k, in)
	k += k & 1
	a.k = k
	if cap(a.start) < n {
		a.start = make([]int32, n)
	}
	a.start = a.start[:n]
	if cap(*work) < (n+1)*k {
		*work = make([]float64, (n+1)*k)
	}
	w := (*work)[:(n+1)*k]
	clear(w)
	largest, longest := 0.0, 0
	for j := range out {
		centre := float64((float64(j) + 0.5) * scale)
		first := max(0, int(centre-support+0.5))
		last := min(in, int(centre+support+0.5))
		// Outputs that are not wanted count too: the largest weight of all decides
		// the fixed point, and the part must have the bytes of the whole.
		to := n
		if j >= from && j < from+n {
			to = j - from
			if flip {
				to = n - 1 - to
			}
			a.start[to] = int32(first)
		}
		row := w[to*k : (to+1)*k]
		sum := 0.0
		for t := range last - first {
			row[t] = f.weight((float64(first+t) + 0.5 - centre) * shrink)
			sum += row[t]
		}
		norm := 1 / sum
		for t := range last - first {
			row[t] *= norm
			largest = max(largest, row[t])
		}
		longest = max(longest, last-first)
	}
	a.pack(w, k, longest+longest&1, largest)
}

// pack turns the weights into fixed point: as many bits as the largest weight
// leaves in an int16, and at most 22, so that a sum of bytes fits an int32.
func (a *axis) pack(w []float64, from, k int, largest float64) {
	a.k = k
	a.shift = 0
	for a.shift < 22 && largest*float64(int(2)<<a.shift)+0.5 < 1<<15 {
		a.shift++
	}
	if cap(a.weights) < a.n*k {
		a.weights = make([]int16, a.n*k)
	}
	a.weights = a.weights[:a.n*k]
	one := float64(int(1) << a.shift)
	for j := range a.n {
		for t := range k {
			x := w[j*from+t] * one
			if x < 0 {
				x -= 0.5
			} else {
				x += 0.5
			}
			a.weights[j*k+t] = int16(x)
		}
	}
}
