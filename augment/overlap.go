package augment

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/rng"
)

// OverlapOptions of Overlap.
type OverlapOptions struct {
	H, W    int        // size of the picture, 1 to 1024
	Scale   [2]float64 // as in RandomResizedCrop
	Ratio   [2]float64 // as in RandomResizedCrop; zero: [3/4, 4/3]
	Samples int        // pairs of crops to draw; 0: 100,000
	Seed    uint64
}

// OverlapResult is the probability that two random crops of one picture have no
// pixel in common.
type OverlapResult struct {
	Exact    float64 `json:"exact"`    // from the distribution of the crops
	Measured float64 `json:"measured"` // share of the drawn pairs
	Error    float64 `json:"error"`    // standard error that the measured share should have
	Samples  int     `json:"samples"`
}

// Overlap says how often two crops miss each other, computed and measured.
func Overlap(opt OverlapOptions) (OverlapResult, error) {
	const op, most = "overlap", 1024
	if opt.H < 1 || opt.W < 1 || opt.H > most || opt.W > most {
		return OverlapResult{}, core.Invalid(op, "size", "want 1 to %d pixels a side, got %d x %d", most, opt.H, opt.W)
	}
	if opt.Ratio == [2]float64{} {
		opt.Ratio = [2]float64{3. / 4, 4. / 3}
	}
	if opt.Samples == 0 {
		opt.Samples = 100_000
	}
	if opt.Samples < 1 || opt.Samples > 1<<30 {
		return OverlapResult{}, core.Invalid(op, "samples", "want 1 to %d, got %d", 1<<30, opt.Samples)
	}
	crop := &RandomResizedCrop{Size: 1, Scale: opt.Scale, Ratio: opt.Ratio, Interpolation: Bicubic}
	if err := crop.check(""); err != nil {
		var e *core.Error
		errors.As(err, &e)
		return OverlapResult{}, core.Invalid(op, strings.TrimPrefix(e.Argument, "."), "%s", e.Msg)
	}
	missed := 0
	for i := range opt.Samples {
		key := rng.Key{Seed: opt.Seed, Picture: uint32(i)}
		s := key.Stream()
		y1, x1, h1, w1 := crop.draw(&s, opt.H, opt.W)
		key.View = 1
		s = key.Stream()
		y2, x2, h2, w2 := crop.draw(&s, opt.H, opt.W)
		if x1+w1 <= x2 || x2+w2 <= x1 || y1+h1 <= y2 || y2+h2 <= y1 {
			missed++
		}
	}
	exact := crop.missProbability(opt.H, opt.W)
	return OverlapResult{
		Exact:    exact,
		Measured: float64(missed) / float64(opt.Samples),
		Error:    math.Sqrt(exact * (1 - exact) / float64(opt.Samples)),
		Samples:  opt.Samples,
	}, nil
}

// missProbability sums over the sizes of both crops. Given the sizes, places are
// uniform and independent in x and y, and two intervals of lengths a and b miss
// each other in n with probability t(t+1) / ((n-a+1)(n-b+1)), t = n-a-b+1 (if
// positive). A pair of crops misses if it misses in x, or meets in x and misses
// in y. All terms are positive: nothing cancels.
func (o *RandomResizedCrop) missProbability(height, width int) float64 {
	q := o.sizes(height, width)
	miss := func(n, a, b int) float64 {
		t := n - a - b + 1
		if t <= 0 {
			return 0
		}
		return float64(t) / float64(n-a+1) * float64(t+1) / float64(n-b+1)
	}
	// inner[w2][h1] = sum over h2 of q[w2][h2] miss(h1, h2).
	widths := make([]float64, width+1)
	inner := make([][]float64, width+1)
	for w := 1; w <= width; w++ {
		inner[w] = make([]float64, height+1)
		for h2, p := range q[w] {
			widths[w] += p
			if p == 0 {
				continue
			}
			for h1 := 1; h1+h2 <= height; h1++ {
				inner[w][h1] += p * miss(height, h1, h2)
			}
		}
	}
	total := 0.0
	for w1 := 1; w1 <= width; w1++ {
		if widths[w1] == 0 {
			continue
		}
		for w2 := 1; w2 <= width; w2++ {
			if widths[w2] == 0 {
				continue
			}
			x := miss(width, w1, w2)
			y := 0.0
			for h1, p := range q[w1] {
				y += p * inner[w2][h1]
			}
			total += widths[w1]*widths[w2]*x + (1-x)*y
		}
	}
	return total
}

// sizes is the probability of each width and height of a crop, [w][h]: ten tries,
// of which a size that does not fit is a failure, then the fallback.
func (o *RandomResizedCrop) sizes(height, width int) [][]float64 {
	q := make([][]float64, width+1)
	fits := 0.0
	for w := range q {
		q[w] = make([]float64, height+1)
		for h := 1; w > 0 && h <= height; h++ {
			q[w][h] = o.cell(height*width, h, w)
			fits += q[w][h]
		}
	}
	fails := math.Pow(max(0, 1-fits), 10)
	for w := range q {
		for h := range q[w] {
			if q[w][h] > 0 {
				q[w][h] *= (1 - fails) / fits
			}
		}
	}
	h, w := o.fallback(height, width)
	q[w][h] += fails
	return q
}

// cell is the probability that one try gives h x w. With area A uniform and
// L = ln ratio uniform, the try does if A e^L lies in (w-1/2)^2 .. (w+1/2)^2 and
// A e^-L in (h-1/2)^2 .. (h+1/2)^2. For a given L these are bounds of A; each is
// c e^(kL) with k = -1, 0 or 1, so that between the places where two of them
// cross the integral over L is elementary.
func (o *RandomResizedCrop) cell(pixels, h, w int) float64 {
	square := func(x float64) float64 { return x * x }
	a0, a1 := float64(pixels)*o.Scale[0], float64(pixels)*o.Scale[1]
	lower := [3]bound{{a0, 0}, {square(float64(w) - 0.5), -1}, {square(float64(h) - 0.5), 1}}
	upper := [3]bound{{a1, 0}, {square(float64(w) + 0.5), -1}, {square(float64(h) + 0.5), 1}}
	l0, l1 := math.Log(o.Ratio[0]), math.Log(o.Ratio[1])
	if a0 == a1 {
		// Only the shape is random: where do the other bounds hold A?
		low := max(l0, math.Log(lower[1].c/a0), math.Log(a0/upper[2].c))
		high := min(l1, math.Log(upper[1].c/a0), math.Log(a0/lower[2].c))
		if l0 == l1 {
			if low <= l0 && l0 <= high {
				return 1
			}
			return 0
		}
		return max(0, high-low) / (l1 - l0)
	}
	if l0 == l1 {
		return max(0, lowest(upper, l0)-highest(lower, l0)) / (a1 - a0)
	}
	// The places where all bounds can hold at once.
	low := max(l0, math.Log(lower[1].c/a1), math.Log(a0/upper[2].c), math.Log(lower[1].c/upper[2].c)/2)
	high := min(l1, math.Log(upper[1].c/a0), math.Log(a1/lower[2].c), math.Log(upper[1].c/lower[2].c)/2)
	if low >= high {
		return 0
	}
	cuts := []float64{low, high}
	for _, side := range [][3]bound{lower, upper} {
		for i := range side {
			for j := range i {
				k := float64(side[i].k - side[j].k)
				if at := math.Log(side[j].c/side[i].c) / k; at > low && at < high {
					cuts = append(cuts, at)
				}
			}
		}
	}
	slices.Sort(cuts)
	total := 0.0
	for i := 1; i < len(cuts); i++ {
		from, to := cuts[i-1], cuts[i]
		middle := (from + to) / 2
		top, bottom := at(upper, middle, -1), at(lower, middle, 1)
		total += max(0, top.integral(from, to)-bottom.integral(from, to))
	}
	return total / (a1 - a0) / (l1 - l0)
}

// bound is c e^(kL).
type bound struct {
	c float64
	k int
}

func (b bound) value(l float64) float64 { return b.c * math.Exp(float64(b.k)*l) }

func (b bound) integral(from, to float64) float64 {
	switch b.k {
	case 1:
		return b.c * (math.Exp(to) - math.Exp(from))
	case -1:
		return b.c * (math.Exp(-from) - math.Exp(-to))
	}
	return b.c * (to - from)
}

// at is the largest bound at l (sign 1) or the smallest (sign -1).
func at(bounds [3]bound, l, sign float64) bound {
	best := bounds[0]
	for _, b := range bounds[1:] {
		if sign*b.value(l) > sign*best.value(l) {
			best = b
		}
	}
	return best
}

func highest(bounds [3]bound, l float64) float64 { return at(bounds, l, 1).value(l) }

func lowest(bounds [3]bound, l float64) float64 { return at(bounds, l, -1).value(l) }
