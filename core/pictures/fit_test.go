package pictures

import (
	"image"
	"image/color"
	"testing"

	"github.com/disintegration/imaging"

	"github.com/jumelle/jumelle/core"
)

func TestSizeIsResizeThenMiddle(t *testing.T) {
	for _, c := range []struct{ w, h, size, tw, th int }{
		{60, 40, 20, 30, 20}, // shrink, landscape
		{40, 61, 20, 20, 30}, // portrait: 30.5 is cut to 30
		{10, 10, 25, 25, 25}, // enlarge
		{30, 20, 20, 30, 20}, // crop only
		{61, 21, 21, 61, 21}, // nearly three times as long
		{1, 1, 7, 7, 7},
	} {
		m := sample(c.w, c.h)
		whole := imaging.Resize(m, c.tw, c.th, imaging.CatmullRom)
		x, y := (c.tw-c.size)/2, (c.th-c.size)/2
		wantPixels(t, pixels(t, asPNG(t, m), Options{Size: c.size}), c.size, c.size, 0, func(i, j int) color.NRGBA { return whole.NRGBAAt(x+i, y+j) })
	}
}

func TestSizeThatIsThereChangesNothing(t *testing.T) {
	m := sample(24, 24)
	wantPixels(t, pixels(t, asPNG(t, m), Options{Size: 24}), 24, 24, 0, m.NRGBAAt)
}

// Of a very long picture only the middle is resized; what comes out is what
// resizing all of it would give, but for the rounding of the long side.
func TestVeryLongPictures(t *testing.T) {
	for _, c := range [][2]int{{2, 3000}, {3000, 2}, {4, 2001}, {8192, 1}, {101, 900}} {
		m := smooth(c[0], c[1])
		b := pixels(t, asPNG(t, m), Options{Size: 16})
		short, long := min(c[0], c[1]), max(c[0], c[1])
		whole := imaging.Resize(m, 16*c[0]/short, 16*c[1]/short, imaging.CatmullRom)
		off := (16*long/short - 16) / 2
		wantPixels(t, b, 16, 16, 2, func(x, y int) color.NRGBA {
			if c[0] > c[1] {
				return whole.NRGBAAt(x+off, y)
			}
			return whole.NRGBAAt(x, y+off)
		})
	}
	// Resized as a whole, this one would take 32 GB.
	b := pixels(t, asPNG(t, smooth(2, 4000)), Options{Size: 1000})
	if b.H != 1000 || b.W != 1000 {
		t.Fatal(b.H, b.W)
	}
}

func TestChannels(t *testing.T) {
	gray := core.Batch{N: 1, H: 1, W: 3, C: 1, Data: []byte{0, 127, 255}}
	s, err := FromBatch(gray, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if string(all(t, s)) != string([]byte{0, 0, 0, 127, 127, 127, 255, 255, 255}) {
		t.Fatal(all(t, s))
	}
	// 0.2989*R + 0.587*G + 0.114*B, truncated: 76.2195, 149.685, 29.07, 254.9745, 158.09.
	rgb := core.Batch{N: 1, H: 1, W: 5, C: 3, Data: []byte{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 200, 150, 90}}
	s, err = FromBatch(rgb, Options{Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if string(all(t, s)) != string([]byte{76, 149, 29, 254, 158}) {
		t.Fatal(all(t, s))
	}
	// A one-channel file stays what it is: repeating and weighing would lose a level.
	m := image.NewGray(image.Rect(0, 0, 256, 1))
	transparent := make([]byte, 2)
	for i := range m.Pix {
		m.Pix[i] = uint8(i)
	}
	for name, content := range map[string][]byte{"gray": asPNG(t, m), "gray with a transparent level": withChunk(asPNG(t, m), "tRNS", transparent)} {
		for i, v := range pixels(t, content, Options{Channels: 1}).Data {
			if int(v) != i {
				t.Fatalf("%s: level %d became %d", name, i, v)
			}
		}
	}
}
