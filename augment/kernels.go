package augment

// The plain forms of the kernels that move and filter bytes.

func plainDeinterleave(r, g, b, src []byte) {
	n := len(r)
	g, b, src = g[:n], b[:n], src[:3*n]
	for i := range r {
		r[i], g[i], b[i] = src[3*i], src[3*i+1], src[3*i+2]
	}
}

func plainInterleave(dst, r, g, b []byte) {
	n := len(r)
	g, b, dst = g[:n], b[:n], dst[:3*n]
	for i := range r {
		dst[3*i], dst[3*i+1], dst[3*i+2] = r[i], g[i], b[i]
	}
}

func plainReverse(to, from []byte) {
	for i, j := 0, len(from)-1; i <= j; i, j = i+1, j-1 {
		to[i], to[j] = from[j], from[i]
	}
}

// plainFilterLine is the horizontal pass of a resize on one row of one channel.
func plainFilterLine(to, row []byte, a *axis) {
	k, half, shift := a.k, int32(1)<<a.shift>>1, a.shift
	for j := range to {
		sum := half
		w := a.weights[j*k : (j+1)*k]
		in := row[a.start[j]:][:len(w)]
		for t, x := range w {
			sum += int32(x) * int32(in[t])
		}
		to[j] = clamp(sum >> shift)
	}
}

// plainFilterColumns is the vertical pass for output row y, all channels side by
// side. Row r of the picture lies in ring at (r mod a.k)*len(to); first is the
// first row that counts. Rows behind the last one of the picture have weight 0:
// whatever the ring holds there does not count.
func plainFilterColumns(to, ring []byte, first int, a *axis, y int) {
	width, half, shift := len(to), int32(1)<<a.shift>>1, a.shift
	weights := a.weights[y*a.k : (y+1)*a.k]
	for x := range to {
		sum := half
		at := first%a.k*width + x
		for _, w := range weights {
			sum += int32(w) * int32(ring[at])
			if at += width; at >= a.k*width {
				at -= a.k * width
			}
		}
		to[x] = clamp(sum >> shift)
	}
}

func clamp(x int32) byte { return byte(min(max(x, 0), 255)) }
