package pictures

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/jumelle/jumelle/core"
)

func wantCode(t *testing.T, err error, code core.Code, contains ...string) {
	t.Helper()
	var ce *core.Error
	if !errors.As(err, &ce) || ce.Code != code {
		t.Fatalf("want code %d, got %v", code, err)
	}
	for _, c := range contains {
		if !strings.Contains(err.Error(), c) {
			t.Errorf("%q does not say %q", err, c)
		}
	}
}

// put writes a file and returns its path.
func put(t testing.TB, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func encode(t testing.TB, f func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	return encode(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

func asJPEG(t testing.TB, m image.Image) []byte {
	return encode(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, &jpeg.Options{Quality: 100}) })
}

// sample is a w x h picture in which every pixel is another one.
func sample(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(7*x + 3), uint8(11*y + 5), uint8(x*y + 90), 255})
		}
	}
	return m
}

// smooth is a picture that JPEG keeps nearly as it is.
func smooth(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), 128, 255})
		}
	}
	return m
}

// read is the one picture in content, or the reason why there is none.
func read(t testing.TB, content []byte, opt Options) (core.Batch, error) {
	t.Helper()
	s, err := OpenFiles([]string{put(t, t.TempDir(), "picture.bin", content)}, opt)
	if err != nil {
		return core.Batch{}, err
	}
	h, w, c := s.Shape()
	return core.Batch{N: 1, H: h, W: w, C: c, Data: all(t, s)}, nil
}

func pixels(t testing.TB, content []byte, opt Options) core.Batch {
	t.Helper()
	b, err := read(t, content, opt)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantPixels compares b with want(x, y), each channel within tolerance.
func wantPixels(t *testing.T, b core.Batch, w, h, tolerance int, want func(x, y int) color.NRGBA) {
	t.Helper()
	if b.W != w || b.H != h || b.C != 3 {
		t.Fatalf("want %d x %d x 3, got %d x %d x %d", w, h, b.W, b.H, b.C)
	}
	for y := range h {
		for x := range w {
			c := want(x, y)
			for k, v := range []uint8{c.R, c.G, c.B} {
				got := int(b.Data[(y*w+x)*3+k])
				if got-int(v) > tolerance || int(v)-got > tolerance {
					t.Fatalf("pixel (%d, %d): want %v within %d, got %v", x, y, c, tolerance, b.Data[(y*w+x)*3:][:3])
				}
			}
		}
	}
}

func TestLosslessFormatsAreExact(t *testing.T) {
	m := sample(20, 13)
	deep := image.NewNRGBA64(m.Rect)
	rgba64 := image.NewRGBA64(m.Rect)
	clear := image.NewNRGBA(m.Rect)
	gray := image.NewGray(m.Rect)
	gray16 := image.NewGray16(m.Rect)
	var palette color.Palette
	for i := range 256 {
		palette = append(palette, color.NRGBA{uint8(i), uint8(255 - i), uint8(i / 2), 255})
	}
	palette[9] = color.NRGBA{10, 200, 30, 0} // transparent, with a colour
	indexed := image.NewPaletted(m.Rect, palette)
	for y := range 13 {
		for x := range 20 {
			c := m.NRGBAAt(x, y)
			deep.SetNRGBA64(x, y, color.NRGBA64{uint16(c.R)<<8 | 0xc1, uint16(c.G)<<8 | 0x7f, uint16(c.B)<<8 | 1, 0x8000})
			rgba64.SetRGBA64(x, y, color.RGBA64{uint16(c.R)<<8 | 0xc1, uint16(c.G)<<8 | 0x7f, uint16(c.B)<<8 | 1, 0xffff})
			clear.SetNRGBA(x, y, color.NRGBA{c.R, c.G, c.B, uint8(x)}) // a column fully transparent
			gray.SetGray(x, y, color.Gray{c.R})
			gray16.SetGray16(x, y, color.Gray16{uint16(c.R)<<8 | 0xff})
			indexed.SetColorIndex(x, y, uint8(x*12+y))
		}
	}
	rgb := func(x, y int) color.NRGBA { return m.NRGBAAt(x, y) }
	one := func(x, y int) color.NRGBA { v := m.NRGBAAt(x, y).R; return color.NRGBA{v, v, v, 255} }
	table := func(x, y int) color.NRGBA { return palette[x*12+y].(color.NRGBA) }
	for name, c := range map[string]struct {
		content []byte
		want    func(x, y int) color.NRGBA
	}{
		"png":         {asPNG(t, m), rgb},
		"png alpha":   {asPNG(t, clear), rgb},
		"png 16":      {asPNG(t, rgba64), rgb},
		"png 16 a":    {asPNG(t, deep), rgb},
		"png gray":    {asPNG(t, gray), one},
		"png gray 16": {asPNG(t, gray16), one},
		"png palette": {asPNG(t, indexed), table},
		"bmp":         {encode(t, func(b *bytes.Buffer) error { return bmp.Encode(b, m) }), rgb},
		"tiff":        {encode(t, func(b *bytes.Buffer) error { return tiff.Encode(b, m, &tiff.Options{Compression: tiff.Deflate}) }), rgb},
	} {
		t.Run(name, func(t *testing.T) { wantPixels(t, pixels(t, c.content, Options{}), 20, 13, 0, c.want) })
	}
}

func TestJPEG(t *testing.T) {
	m := smooth(40, 24)
	// The bound is that of 4:2:0 chroma at quality 100 on this ramp.
	wantPixels(t, pixels(t, asJPEG(t, m), Options{}), 40, 24, 8, func(x, y int) color.NRGBA { return m.NRGBAAt(x, y) })
	gray := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range gray.Pix {
		gray.Pix[i] = uint8(i)
	}
	b := pixels(t, asJPEG(t, gray), Options{Channels: 1})
	for i, v := range b.Data {
		if d := int(v) - i; d < -2 || d > 2 {
			t.Fatalf("byte %d: got %d", i, v)
		}
	}
	// What follows the picture does not matter.
	wantPixels(t, pixels(t, append(asJPEG(t, m), make([]byte, 1000)...), Options{}), 40, 24, 8, func(x, y int) color.NRGBA { return m.NRGBAAt(x, y) })
}

// The files are Pillow's: left half (200, 40, 40), right half (30, 90, 210). Away
// from the middle Pillow reads them as that, give or take 2.
func TestFilesWeCannotEncode(t *testing.T) {
	for name, turned := range map[string]bool{"lossy.webp": false, "lossless.webp": false, "alpha.webp": false, "animated.webp": false, "cmyk.jpg": false, "turned.webp": true} {
		t.Run(name, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			b := pixels(t, content, Options{})
			for _, p := range []struct {
				at   int
				want [3]int
			}{{3, [3]int{200, 40, 40}}, {12, [3]int{30, 90, 210}}} {
				x, y := p.at, 8
				if turned { // a quarter turn to the right: left is up
					x, y = y, x
				}
				got := b.Data[(y*b.W+x)*3:][:3]
				for k := range 3 {
					if d := int(got[k]) - p.want[k]; d < -3 || d > 3 {
						t.Fatalf("(%d, %d): want %v, got %v", x, y, p.want, got)
					}
				}
			}
		})
	}
}

func TestGIFIsTheFirstFrameOnItsCanvas(t *testing.T) {
	palette := color.Palette{color.NRGBA{10, 20, 30, 255}, color.NRGBA{200, 100, 50, 255}, color.NRGBA{0, 250, 0, 255}, color.NRGBA{}}
	first := image.NewPaletted(image.Rect(2, 1, 5, 4), palette)
	for i := range first.Pix {
		first.Pix[i] = 1
	}
	first.SetColorIndex(3, 2, 3) // transparent
	second := image.NewPaletted(image.Rect(0, 0, 8, 6), palette)
	content := encode(t, func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{first, second}, Delay: []int{1, 1}, Config: image.Config{ColorModel: palette, Width: 8, Height: 6}})
	})
	// The encoder writes black for the transparent entry; give it a colour.
	at := bytes.Index(content, []byte{10, 20, 30, 200, 100, 50, 0, 250, 0})
	copy(content[at+9:], []byte{1, 2, 3})
	b := pixels(t, content, Options{})
	wantPixels(t, b, 8, 6, 0, func(x, y int) color.NRGBA {
		switch {
		case image.Pt(x, y).In(first.Rect) && (x != 3 || y != 2):
			return color.NRGBA{200, 100, 50, 255}
		default: // outside the frame and where it is clear: the transparent colour
			return color.NRGBA{1, 2, 3, 255}
		}
	})
}

// bigPNG is the header of a PNG of any size, with hardly any data.
func bigPNG(w, h uint32) []byte {
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	b := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(ihdr, 8, 2, 0, 0, 0))...)
	return append(b, pngChunk("IDAT", []byte{0x78, 0x9c})...)
}

func TestBrokenFilesSayWhy(t *testing.T) {
	jpg, p := asJPEG(t, smooth(64, 64)), asPNG(t, sample(64, 64))
	webp, err := os.ReadFile("testdata/animated.webp")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"empty":          {nil, "empty"},
		"text":           {[]byte("This is no picture."), "not a picture"},
		"jpeg half":      {jpg[:len(jpg)/2], "JPEG"},
		"jpeg header":    {jpg[:100], "cut short"},
		"jpeg start":     {jpg[:2], "cut short"},
		"png half":       {p[:len(p)/2], "PNG"},
		"png signature":  {p[:8], "cut short"},
		"png bomb":       {bigPNG(50000, 50000), "50000 x 50000"},
		"png too wide":   {bigPNG(8193, 1), "at most 8192"},
		"png zero":       {bigPNG(0, 0), "dimension"},
		"png no data":    {bigPNG(8192, 8192), "PNG"},
		"webp half":      {webp[:len(webp)/2], "WEBP"},
		"webp start":     {webp[:40], "WEBP"},
		"gif header":     {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00"), "GIF"},
		"bmp start":      {[]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00"), "cut short"},
		"tiff start":     {[]byte("II\x2a\x00\x08\x00\x00\x00"), ""},
		"tiff directory": {[]byte("MM\x00\x2a\x7f\xff\xff\xff"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, c.content, Options{})
			wantCode(t, err, core.EIO, "picture.bin: want a picture, got none", c.says)
		})
	}
}

// FuzzDecode: no bytes crash, hang or turn into a picture of another size than
// the header says.
func FuzzDecode(f *testing.F) {
	f.Add(asPNG(f, sample(5, 3)))
	f.Add(asJPEG(f, sample(9, 17)))
	f.Add(withAPP1(asJPEG(f, sample(9, 17)), app1(append([]byte("Exif\x00\x00"), exifBlock(binary.BigEndian, 6)...)...)))
	f.Add(encode(f, func(b *bytes.Buffer) error { return gif.Encode(b, sample(4, 4), nil) }))
	f.Add(encode(f, func(b *bytes.Buffer) error { return tiff.Encode(b, sample(4, 4), nil) }))
	f.Add(encode(f, func(b *bytes.Buffer) error { return bmp.Encode(b, sample(4, 4)) }))
	names, _ := filepath.Glob("testdata/*.*")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h, format, err := header(data)
		if err != nil || w*h > 1<<20 {
			return
		}
		defer func() {
			// Set.try turns a decoder's panic into a problem; here it is only noted.
			if r := recover(); r != nil {
				t.Logf("%s decoder: %v", format, r)
			}
		}()
		r, err := decode(bytes.Clone(data), format)
		if err != nil {
			return
		}
		if r.w != w || r.h != h {
			t.Fatalf("%s: header %d x %d, picture %d x %d", format, w, h, r.w, r.h)
		}
		turn, _ := orientation(data, format)
		r.upside = upright(turn)
		b, err := r.fit(8, 3, nil)
		if err != nil || b.H != 8 || b.W != 8 || len(b.Data) != 8*8*3 {
			t.Fatal(b.H, b.W, err)
		}
	})
}
