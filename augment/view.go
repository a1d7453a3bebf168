package augment

import "github.com/jumelle/jumelle/core/rng"

type stream = rng.Stream

// view is a picture on its way to becoming a view, and the scratch memory of
// the worker that makes it. It is used again for the next view.
type view struct {
	key     rng.Key
	random  stream   // the numbers of the operation that runs
	h, w, c int      // size after the operations so far
	src     []byte   // the picture, interleaved
	loaded  bool     // pix holds the picture; before that src does
	pending geometry // crop, resize and flips that are not computed yet
	pix     []byte   // planes, c*h*w bytes, slack behind them
	spare   []byte   // where an operation that cannot work in place puts its result
	dry     bool     // draw only: Explain
	log     *[]Drawn

	rows      []byte // resize: one source row in planes
	ring      []byte // resize: rows that went through the horizontal pass
	lineBytes []byte // resize: one row of the result
	x, y      axis
	line      []int16   // blur: rows that went through the pass along them
	lines     [][]int16 // blur: those that one output row needs
	taps      blurWeights
	table     [256]byte
	floats    []float64
	order     []int64 // RandomOrder
}

// slack is how many bytes behind the pixels kernels may read (not use).
const slack = 64

// begin makes v the picture src of h x w x c, untouched.
func (v *view) begin(key rng.Key, h, w, c int, src []byte) {
	v.key = key
	v.h, v.w, v.c, v.src = h, w, c, src
	v.loaded = false
	v.pending = geometry{}
}

// do runs one step: chance first, then the operation's own draws.
func (v *view) do(st *step) {
	v.key.Operation = st.position
	v.random = v.key.Stream()
	happens := true
	if p := st.op.chance(); p != certain {
		happens = v.random.Chance(p)
	}
	v.logStep(st, happens)
	if happens {
		st.op.run(v, st)
	}
}

// geometry is a crop of the picture, brought to a size, flipped. The crop may
// reach over the border when it is not resized; what is outside is fill.
type geometry struct {
	active       bool
	srcH, srcW   int // what is cropped
	y, x, h, w   int // the crop
	fullH, fullW int // the size it is brought to; equal to h, w: no resize
	top, left    int // the part of that which is wanted,
	outH, outW   int // and its size
	flipX, flipY bool
	filter       *filter
	fill         byte
}

// resize remembers a crop of h x w at (y, x) that is brought to outH x outW.
func (v *view) resize(y, x, h, w, outH, outW int, f *filter) {
	v.pixels() // one resize at a time: two do not commute
	v.pending = geometry{active: !v.dry, srcH: v.h, srcW: v.w, y: y, x: x, h: h, w: w,
		fullH: outH, fullW: outW, outH: outH, outW: outW, filter: f}
	v.h, v.w = outH, outW
}

// crop remembers a crop of h x w at (y, x), which may reach over the border; what
// is outside becomes fill. Of a resize before it, only the crop is computed.
func (v *view) crop(y, x, h, w int, fill byte) {
	p := &v.pending
	if p.active && !p.flipX && !p.flipY && y >= 0 && x >= 0 && y+h <= p.outH && x+w <= p.outW {
		p.top, p.left, p.outH, p.outW = p.top+y, p.left+x, h, w
	} else {
		v.pixels()
		v.pending = geometry{active: !v.dry, srcH: v.h, srcW: v.w, y: y, x: x, h: h, w: w,
			fullH: h, fullW: w, outH: h, outW: w, fill: fill}
	}
	v.h, v.w = h, w
}

// flip mirrors the picture, left-right (x) or top-bottom (y).
func (v *view) flip(x, y bool) {
	if v.dry {
		return
	}
	if !v.pending.active {
		v.pending = geometry{active: true, srcH: v.h, srcW: v.w, h: v.h, w: v.w,
			fullH: v.h, fullW: v.w, outH: v.h, outW: v.w}
	}
	v.pending.flipX = v.pending.flipX != x
	v.pending.flipY = v.pending.flipY != y
}

// pixels computes what is pending and returns the planes.
func (v *view) pixels() []byte {
	n := v.c * v.h * v.w
	switch {
	case v.dry:
		return nil
	case v.pending.active:
		g := v.pending
		v.pending.active = false
		v.spare = grow(v.spare, v.c*g.outH*g.outW)
		v.resample(g, v.spare)
		v.swap()
	case !v.loaded:
		v.pix = grow(v.pix, n)
		if v.c == 1 {
			copy(v.pix, v.src)
		} else {
			deinterleave(v.pix[:n/3], v.pix[n/3:n/3*2], v.pix[n/3*2:n], v.src)
		}
	}
	v.loaded = true
	return v.pix[:n]
}

// plane is channel c of the pixels.
func (v *view) plane(c int) []byte {
	n := v.h * v.w
	return v.pixels()[c*n : (c+1)*n : (c+1)*n]
}

// room is memory for a picture of h x w that is to replace the pixels: the
// operation fills it, sets v.h and v.w and calls swap.
func (v *view) room(h, w int) []byte {
	v.spare = grow(v.spare, v.c*h*w)
	return v.spare[:v.c*h*w]
}

func (v *view) swap() { v.pix, v.spare = v.spare, v.pix }

// finish writes the view, interleaved.
func (v *view) finish(out []byte) {
	p := v.pixels()
	if v.c == 1 {
		copy(out, p)
		return
	}
	n := len(p) / 3
	interleave(out, p[:n], p[n:2*n], p[2*n:])
}

// grow returns memory for n bytes and the slack, b itself if it is large enough.
func grow(b []byte, n int) []byte {
	if cap(b) < n+slack {
		b = make([]byte, n+slack)
	}
	return b[:n+slack]
}
