package augment

import (
	"bytes"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

// In a build with vector kernels: the same bytes as the plain ones, for every
// length and position of a rest. In a plain build these tests compare a kernel
// with itself, which is harmless; the checksums compare the two builds.
func TestKernelsGiveTheBytesOfThePlainOnes(t *testing.T) {
	random := rng.Key{Seed: 8}.Stream()
	bytesOf := func(n int) []byte {
		p := make([]byte, n)
		for i := range p {
			p[i] = byte(random.Uint32())
			if i%7 == 0 { // grays and extremes are special to hue and saturation
				p[i] = [3]byte{0, 255, 128}[random.Intn(3)]
			}
		}
		return p
	}
	for n := 1; n < 140; n++ {
		src := bytesOf(3 * n)
		var a, b [3][]byte
		for c := range 3 {
			a[c], b[c] = make([]byte, n), make([]byte, n)
		}
		check := func(name string) {
			t.Helper()
			for c := range 3 {
				if !bytes.Equal(a[c], b[c]) {
					t.Fatalf("%s, %d pixels, plane %d:\n%v\nplain:\n%v", name, n, c, a[c], b[c])
				}
			}
		}
		deinterleave(a[0], a[1], a[2], src)
		plainDeinterleave(b[0], b[1], b[2], src)
		check("deinterleave")
		back := make([]byte, 3*n)
		interleave(back, a[0], a[1], a[2])
		if !bytes.Equal(back, src) {
			t.Fatalf("interleave, %d pixels", n)
		}
		if sum(a[0]) != plainSum(b[0]) {
			t.Fatalf("sum, %d pixels", n)
		}
		reverse(a[0], a[0])
		plainReverse(b[0], b[0])
		check("reverse in place")
		reverse(a[1], src[:n])
		plainReverse(b[1], src[:n])
		check("reverse")
		f := float32(random.Uniform(0, 3))
		affine(a[2], f, float32(random.Uniform(-200, 200)))
		copy(b[2], a[2])
		g := float32(random.Uniform(-200, 200))
		affine(a[2], f, g)
		plainAffine(b[2], f, g)
		check("affine")
		saturate(a[0], a[1], a[2], f, 1-f)
		plainSaturate(b[0], b[1], b[2], f, 1-f)
		check("saturate")
		for c := range 3 {
			copy(a[c], bytesOf(n))
			copy(b[c], a[c])
		}
		sixth, part := random.Intn(6), random.Intn(1<<16)
		turnHue(a[0], a[1], a[2], sixth, part)
		plainTurnHue(b[0], b[1], b[2], sixth, part)
		check("turnHue")
		toGray(a[0], a[0], a[1], a[2])
		plainToGray(b[0], b[0], b[1], b[2])
		check("toGray")
	}
}

// Every colour: gray is torchvision's float32 arithmetic, and the hue of all of
// them stays within bytes.
func TestEveryColour(t *testing.T) {
	r, g, b := make([]byte, 256), make([]byte, 256), make([]byte, 256)
	got, want := make([]byte, 256), make([]byte, 256)
	p, q := [3][]byte{make([]byte, 256), make([]byte, 256), make([]byte, 256)}, [3][]byte{make([]byte, 256), make([]byte, 256), make([]byte, 256)}
	for i := range 256 * 256 {
		if testing.Short() && i%17 != 0 {
			continue
		}
		for j := range 256 {
			r[j], g[j], b[j] = byte(i>>8), byte(i), byte(j)
		}
		toGray(got, r, g, b)
		plainToGray(want, r, g, b)
		if !bytes.Equal(got, want) {
			t.Fatalf("gray of red %d, green %d", i>>8, i&255)
		}
		for c, plane := range [][]byte{r, g, b} {
			copy(p[c], plane)
			copy(q[c], plane)
		}
		turnHue(p[0], p[1], p[2], i%6, i*7%(1<<16))
		plainTurnHue(q[0], q[1], q[2], i%6, i*7%(1<<16))
		for c := range 3 {
			if !bytes.Equal(p[c], q[c]) {
				t.Fatalf("hue of red %d, green %d", i>>8, i&255)
			}
		}
	}
}

func TestResizeKernelsGiveTheBytesOfThePlainOnes(t *testing.T) {
	random := rng.Key{Seed: 9}.Stream()
	var work []float64
	var a axis
	for _, f := range filters {
		for range 400 {
			in, out := 1+random.Intn(120), 1+random.Intn(90)
			from := random.Intn(out)
			n := 1 + random.Intn(out-from)
			a.build(in, out, from, n, f, random.Intn(2) == 0, &work)
			if a.identity {
				continue
			}
			a.arrangeRow()
			row := make([]byte, in+slack)
			for i := range row {
				row[i] = byte(random.Uint32())
			}
			got, want := make([]byte, n), make([]byte, n)
			filterLine(got, row, &a)
			plainFilterLine(want, row, &a)
			if !bytes.Equal(got, want) {
				t.Fatalf("rows, %d to %d, outputs %d..%d:\n%v\nplain:\n%v", in, out, from, from+n-1, got, want)
			}
			a.arrangeColumns()
			width := 1 + random.Intn(100)
			ring := make([]byte, a.k*width)
			for i := range ring {
				ring[i] = byte(random.Uint32())
			}
			got, want = make([]byte, width), make([]byte, width)
			for y := range n {
				filterColumns(got, ring, int(a.start[y]), &a, y)
				plainFilterColumns(want, ring, int(a.start[y]), &a, y)
				if !bytes.Equal(got, want) {
					t.Fatalf("columns, %d to %d, output %d, width %d", in, out, y, width)
				}
			}
		}
	}
}

func TestBlurKernelsGiveTheBytesOfThePlainOnes(t *testing.T) {
	random := rng.Key{Seed: 10}.Stream()
	for range 300 {
		w, radius := 1+random.Intn(120), 1+random.Intn(12)
		var weights blurWeights
		weights.near = gaussianWeights(random.Uniform(0.2, 5), radius, nil)
		weights.arrange()
		r := len(weights.near) - 1
		lines, plain := make([][]int16, 2*r+1), make([][]int16, 2*r+1)
		for i := range lines {
			row := make([]byte, w+2*r+slack)
			for j := range row {
				row[j] = byte(random.Uint32())
			}
			lines[i], plain[i] = make([]int16, w+slack), make([]int16, w)
			blurLine(lines[i], row, w, &weights)
			plainBlurLine(plain[i], row, weights.near)
		}
		got, want := make([]byte, w), make([]byte, w)
		blurColumns(got, lines, &weights)
		plainBlurColumns(want, plain, weights.near)
		if !bytes.Equal(got, want) {
			t.Fatalf("width %d, radius %d:\n%v\nplain:\n%v", w, r, got, want)
		}
	}
}
