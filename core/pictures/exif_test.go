package pictures

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"testing"
)

// exifBlock is the smallest TIFF block with an orientation.
func exifBlock(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II")
	if order.String() == "BigEndian" {
		b = []byte("MM")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = append(order.AppendUint16(b, 0x100), make([]byte, 10)...) // another tag first
	b = order.AppendUint16(b, 0x112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}

func app1(body ...byte) []byte {
	n := len(body) + 2
	return append([]byte{0xff, 0xe1, byte(n >> 8), byte(n)}, body...)
}

func withAPP1(jpg []byte, blocks ...[]byte) []byte {
	out := append([]byte{}, jpg[:2]...)
	for _, b := range blocks {
		out = append(out, b...)
	}
	return append(out, jpg[2:]...)
}

func pngChunk(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// withChunk puts a chunk behind a PNG's header, which ends at byte 33.
func withChunk(p []byte, kind string, body []byte) []byte {
	return bytes.Join([][]byte{p[:33], pngChunk(kind, body), p[33:]}, nil)
}

func TestOrientation(t *testing.T) {
	// Where pixel (x, y) of the upright w x h picture lies in the stored one: the
	// table of the EXIF standard, 2 to 4 mirror and turn, 5 to 8 swap the axes.
	const w, h = 48, 32
	stored := map[int]func(x, y int) (int, int){
		1: func(x, y int) (int, int) { return x, y },
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, w - 1 - x },
		7: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x },
		8: func(x, y int) (int, int) { return h - 1 - y, x },
	}
	m := smooth(w, h)
	want := func(x, y int) color.NRGBA { return m.NRGBAAt(x, y) }
	for o, place := range stored {
		sw, sh := w, h
		if o >= 5 {
			sw, sh = h, w
		}
		lying := image.NewNRGBA(image.Rect(0, 0, sw, sh))
		for y := range h {
			for x := range w {
				sx, sy := place(x, y)
				lying.SetNRGBA(sx, sy, m.NRGBAAt(x, y))
			}
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			block := exifBlock(order, uint16(o))
			exif := app1(append([]byte("Exif\x00\x00"), block...)...)
			xmp := app1([]byte("http://ns.adobe.com/xap/1.0/\x00<x/>")...)
			for name, content := range map[string][]byte{
				"jpeg":           withAPP1(asJPEG(t, lying), exif),
				"jpeg after xmp": withAPP1(asJPEG(t, lying), xmp, []byte{0xff}, exif),
				"png":            withChunk(asPNG(t, lying), "eXIf", block),
			} {
				t.Run(fmt.Sprintf("%s/%d/%v", name, o, order), func(t *testing.T) {
					tolerance := 8
					if name == "png" {
						tolerance = 0
					}
					wantPixels(t, pixels(t, content, Options{}), w, h, tolerance, want)
					// Turned and resized is resized and turned.
					b := pixels(t, content, Options{Size: 16})
					wantPixels(t, b, 16, 16, 10, func(x, y int) color.NRGBA { return m.NRGBAAt(8+2*x, 2*y) })
				})
			}
		}
	}
}

func TestBrokenMetadataIsNoProblem(t *testing.T) {
	m := smooth(64, 64)
	for name, body := range map[string][]byte{
		"empty":     []byte("Exif\x00\x00"),
		"order":     []byte("Exif\x00\x00XX\x2a\x00\x08\x00\x00\x00"),
		"offset":    []byte("Exif\x00\x00II\x2a\x00\xff\xff\xff\xff"),
		"tags":      []byte("Exif\x00\x00II\x2a\x00\x08\x00\x00\x00\xff\xff\x12\x01"),
		"value 9":   append([]byte("Exif\x00\x00"), exifBlock(binary.LittleEndian, 9)...),
		"value 0":   append([]byte("Exif\x00\x00"), exifBlock(binary.BigEndian, 0)...),
		"not exif":  []byte("something else"),
		"no prefix": exifBlock(binary.LittleEndian, 6),
	} {
		t.Run(name, func(t *testing.T) {
			wantPixels(t, pixels(t, withAPP1(asJPEG(t, m), app1(body...)), Options{}), 64, 64, 8, func(x, y int) color.NRGBA { return m.NRGBAAt(x, y) })
		})
	}
}
