package augment

// resample computes a geometry from the picture (interleaved or planes) into
// planes: rows first, then columns, each rounded to bytes as Pillow and
// torchvision do. Rows are computed when the columns need them and kept in a
// ring, so that a large picture costs no more memory than a small one.
func (v *view) resample(g geometry, out []byte) {
	if g.h == g.fullH && g.w == g.fullW {
		g.y, g.x, g.h, g.w = g.y+g.top, g.x+g.left, g.outH, g.outW
		v.copyCrop(g, out)
		return
	}
	v.x.build(g.w, g.fullW, g.left, g.outW, g.filter, g.flipX, &v.floats)
	v.y.build(g.h, g.fullH, g.top, g.outH, g.filter, g.flipY, &v.floats)
	v.x.arrangeRow()
	v.y.arrangeColumns()
	depth := 1 // rows that one output row needs
	if !v.y.identity {
		depth = v.y.k
	}
	width := v.c * g.outW // one row of the ring: the planes' rows side by side
	v.ring = grow(v.ring, depth*width)
	v.lineBytes = grow(v.lineBytes, width)
	v.rows = grow(v.rows, 3*(g.w+slack))
	next := -1 // rows before this one are in the ring, as far as they are needed
	for i := range g.outH {
		y := i // outputs from top to bottom of the crop, whatever the flip
		if g.flipY {
			y = g.outH - 1 - i
		}
		first := g.top + i
		if !v.y.identity {
			first = int(v.y.start[y])
		}
		next = max(next, first)
		for last := min(g.h, first+depth); next < last; next++ {
			at := next % depth * width
			v.filterSourceRow(g, next, v.ring[at:at+width])
		}
		line := v.ring[:width]
		if !v.y.identity {
			line = v.lineBytes[:width]
			filterColumns(line, v.ring, first, &v.y, y)
		}
		for c := range v.c {
			copy(out[(c*g.outH+y)*g.outW:][:g.outW], line[c*g.outW:])
		}
	}
}

// filterSourceRow takes row y of the crop through the horizontal pass.
func (v *view) filterSourceRow(g geometry, y int, to []byte) {
	if v.loaded || v.c == 1 {
		for c := range v.c {
			plane := v.src
			if v.loaded {
				plane = v.pix[c*g.srcH*g.srcW:]
			}
			row := plane[(g.y+y)*g.srcW+g.x:]
			if len(row) < g.w+slack {
				// Kernels read behind a row: the last ones move to where they may.
				row = v.rows[:g.w+slack]
				copy(row, plane[(g.y+y)*g.srcW+g.x:][:g.w])
			}
			filterRow(to[c*g.outW:(c+1)*g.outW], row, &v.x)
		}
		return
	}
	step := g.w + slack
	r, s, t := v.rows[:step], v.rows[step:2*step], v.rows[2*step:3*step]
	at := ((g.y+y)*g.srcW + g.x) * 3
	deinterleave(r[:g.w], s[:g.w], t[:g.w], v.src[at:at+3*g.w])
	filterRow(to[:g.outW], r, &v.x)
	filterRow(to[g.outW:2*g.outW], s, &v.x)
	filterRow(to[2*g.outW:3*g.outW], t, &v.x)
}

// filterRow is the horizontal pass. row has slack bytes behind its pixels.
func filterRow(to, row []byte, a *axis) {
	switch {
	case !a.identity:
		filterLine(to, row, a)
	case a.flip:
		reverse(to, row[a.from:a.from+len(to)])
	default:
		copy(to, row[a.from:])
	}
}

// copyCrop is resample without a resize. The crop may reach over the border.
func (v *view) copyCrop(g geometry, out []byte) {
	left, right := max(0, -g.x), min(g.w, g.srcW-g.x) // the part of a row that is inside
	right = max(right, left)
	n := g.h * g.w
	for y := range g.h {
		to := y
		if g.flipY {
			to = g.h - 1 - y
		}
		from := g.y + y
		inside := from >= 0 && from < g.srcH && left < right
		at := from*g.srcW + g.x
		var rows [3][]byte
		for c := range v.c {
			row := out[c*n+to*g.w:][:g.w]
			rows[c] = row
			if !inside || left > 0 || right < g.w {
				for x := range row {
					row[x] = g.fill
				}
			}
			if !inside {
				continue
			}
			if v.loaded {
				copy(row[left:right], v.pix[c*g.srcH*g.srcW+at+left:])
			} else if v.c == 1 {
				copy(row[left:right], v.src[at+left:])
			}
		}
		if inside && !v.loaded && v.c == 3 {
			deinterleave(rows[0][left:right], rows[1][left:right], rows[2][left:right], v.src[(at+left)*3:(at+right)*3])
		}
		if g.flipX {
			for c := range v.c {
				reverse(rows[c], rows[c])
			}
		}
	}
}
