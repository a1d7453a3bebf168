package augment

// blurShift is the fixed point of blur weights: they sum to 1 << blurShift.
// Lines between the two passes have 6 bits behind the point.
const blurShift = 14

// blurWeights are the weights of a blur: near[0] at the centre, near[1] one pixel
// away, ... wide repeats pairs of them for the vector kernels; see arrange.
type blurWeights struct {
	near []int16
	wide []int16
}

// gaussianWeights is w[0] at the centre, w[1] one pixel away, ..., in fixed
// point; the far ones that round to 0 are left out.
func gaussianWeights(sigma float64, radius int, into []int16) []int16 {
	var e [maxBlurRadius + 1]float64
	sum := 0.0
	s := 1 / float64(2*sigma*sigma)
	for i := range radius + 1 {
		e[i] = 0
		if x := float64(float64(i*i) * s); x < 700 {
			e[i] = exponential(-x)
		}
		sum += e[i]
		if i > 0 {
			sum += e[i]
		}
	}
	into = into[:0]
	rest := 1 << blurShift
	for i := range radius + 1 {
		w := int(float64(e[i]/sum*(1<<blurShift)) + 0.5)
		if i > 0 && w == 0 {
			break
		}
		into = append(into, int16(w))
		if rest -= w; i > 0 {
			rest -= w
		}
	}
	into[0] += int16(rest) // a picture of one colour keeps it
	return into
}

// maxBlurRadius: 3 times the largest sigma.
const maxBlurRadius = 600

// blurPlane blurs one channel in place: rows, then columns, the border mirrored
// without its edge pixel. Lines are made when the columns need them.
func (v *view) blurPlane(p []byte) {
	weights := &v.taps
	h, w, r := v.h, v.w, len(weights.near)-1
	depth := 2*r + 1
	stride := w + slack
	if cap(v.line) < depth*stride {
		v.line = make([]int16, depth*stride)
	}
	v.rows = grow(v.rows, w+2*r)
	if cap(v.lines) < depth {
		v.lines = make([][]int16, depth)
	}
	lines := v.lines[:depth]
	row := v.rows
	next := 0
	for y := range h {
		for last := min(h, y+r+1); next < last; next++ {
			copy(row[r:], p[next*w:(next+1)*w])
			for i := 1; i <= r; i++ {
				row[r-i], row[r+w-1+i] = row[r+i], row[r+w-1-i]
			}
			at := next % depth * stride
			blurLine(v.line[at:at+stride], row, w, weights)
		}
		for i := range lines {
			at := mirror(y+i-r, h) % depth * stride
			lines[i] = v.line[at : at+stride]
		}
		blurColumns(p[y*w:(y+1)*w], lines, weights)
	}
}

// mirror folds an index into 0..n-1; it is at most n-1 outside.
func mirror(i, n int) int {
	if i < 0 {
		i = -i
	}
	if i >= n {
		i = 2*(n-1) - i
	}
	return i
}

// How a line lies in memory is the business of blurLine and blurColumns; it has
// slack behind its w numbers.

// plainBlurLine is the pass along a row; row has len(weights)-1 pixels of border
// on both sides.
func plainBlurLine(to []int16, row []byte, weights []int16) {
	r := len(weights) - 1
	for x := range to {
		sum := int32(weights[0])*int32(row[x+r]) + 1<<(blurShift-7)
		for i := 1; i <= r; i++ {
			sum += int32(weights[i]) * (int32(row[x+r-i]) + int32(row[x+r+i]))
		}
		to[x] = int16(sum >> (blurShift - 6))
	}
}

// plainBlurColumns is the pass across rows: 2r+1 lines, the middle one in the middle.
func plainBlurColumns(to []byte, lines [][]int16, weights []int16) {
	r := len(weights) - 1
	for x := range to {
		sum := int32(weights[0])*int32(lines[r][x]) + 1<<(blurShift+5)
		for i := 1; i <= r; i++ {
			sum += int32(weights[i]) * (int32(lines[r-i][x]) + int32(lines[r+i][x]))
		}
		to[x] = byte(sum >> (blurShift + 6))
	}
}
