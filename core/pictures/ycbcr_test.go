package pictures

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"testing"
)

// Every row of every layout of chroma and either matrix has the bytes of
// plainYCbCr, whatever the width, and nothing behind a row is written.
func TestRowYCbCr(t *testing.T) {
	ratios := []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
		image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410}
	value := uint32(1)
	fill := func(p []byte) {
		for i := range p {
			value = value*1664525 + 1013904223 // any numbers will do
			p[i] = byte(value >> 24)
			if value>>20&7 == 0 {
				p[i] = -(p[i] & 1) // 0 or 255
			}
		}
	}
	for _, ratio := range ratios {
		for w := 1; w < 90; w++ {
			m := image.NewYCbCr(image.Rect(0, 0, w, 5), ratio)
			fill(m.Y)
			fill(m.Cb)
			fill(m.Cr)
			for y := range 5 {
				for _, k := range []matrix{jfif, video} {
					got, want := bytes.Repeat([]byte{7}, 3*w+40), bytes.Repeat([]byte{7}, 3*w+40)
					rowYCbCr(m, y, got[:3*w], k)
					for x := range w {
						at := m.COffset(x, y)
						plainYCbCr(want[3*x:3*x+3], m.Y[m.YOffset(x, y):][:1], m.Cb[at:at+1], m.Cr[at:at+1], 0, 0, k)
					}
					if !bytes.Equal(got, want) {
						t.Fatalf("%v, row %d of %d x 5:\n%v\nwant\n%v", ratio, y, w, got, want)
					}
				}
			}
		}
	}
}

// JPEG's matrix is that of the standard library, but for its rounding.
func TestYCbCrIsTheStandardLibrarys(t *testing.T) {
	m := image.NewYCbCr(image.Rect(0, 0, 64, 1), image.YCbCrSubsampleRatio444)
	rgb := make([]byte, 3*64)
	for yy := 0; yy < 256; yy += 5 {
		for cb := 0; cb < 256; cb += 5 {
			for x := range 64 {
				m.Y[x], m.Cb[x], m.Cr[x] = byte(yy), byte(cb), byte(4*x)
			}
			rowYCbCr(m, 0, rgb, jfif)
			for x := range 64 {
				r, g, b := color.YCbCrToRGB(byte(yy), byte(cb), byte(4*x))
				for c, want := range []byte{r, g, b} {
					if got := rgb[3*x+c]; max(got, want)-min(got, want) > 1 {
						t.Fatalf("Y %d, Cb %d, Cr %d, channel %d: got %d, the standard library %d", yy, cb, 4*x, c, got, want)
					}
				}
			}
		}
	}
}

func BenchmarkRowYCbCr(b *testing.B) {
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio420} {
		b.Run(fmt.Sprint(ratio), func(b *testing.B) {
			m := image.NewYCbCr(image.Rect(0, 0, 224, 224), ratio)
			rgb := make([]byte, 3*224)
			b.SetBytes(3 * 224)
			for i := 0; b.Loop(); i++ {
				rowYCbCr(m, i%224, rgb, jfif)
			}
		})
	}
}
