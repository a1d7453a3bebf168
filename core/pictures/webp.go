package pictures

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"iter"

	"golang.org/x/image/webp"
)

// decodeWebP is a WebP picture, or the first frame of an animation on its canvas.
func decodeWebP(data []byte) (raster, error) {
	for c := range riffChunks(data) {
		if c.id == "ANMF" {
			return firstFrame(data, c.body)
		}
	}
	m, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		return raster{}, short(err)
	}
	return rasterOfWebP(m), nil
}

func rasterOfWebP(m image.Image) raster {
	ycc, ok := m.(*image.YCbCr)
	if a, alpha := m.(*image.NYCbCrA); alpha {
		ycc, ok = &a.YCbCr, true
	}
	if !ok {
		return rasterOf(m) // lossless
	}
	return raster{w: ycc.Rect.Dx(), h: ycc.Rect.Dy(), row: func(y int, rgb []byte) { rowYCbCr(ycc, y, rgb, video) }}
}

// firstFrame decodes the frame in the body of an ANMF chunk: the decoder knows
// still pictures only, so it gets one, made of the frame's chunks.
func firstFrame(data, body []byte) (raster, error) {
	broken := errors.New("the animation's first frame is cut short")
	if len(data) < 30 || string(data[12:16]) != "VP8X" || len(body) < 16 {
		return raster{}, broken
	}
	canvas := image.NewNRGBA(image.Rect(0, 0, 1+le24(data[24:]), 1+le24(data[27:])))
	still := make([]byte, 30, 30+len(body))
	copy(still, "RIFF....WEBPVP8X\x0a\x00\x00\x00")
	copy(still[24:30], body[6:12]) // width and height, less one
	if string(body[16:min(20, len(body))]) == "ALPH" {
		still[20] = 0x10 // the flag for alpha
	}
	still = append(still, body[16:]...)
	binary.LittleEndian.PutUint32(still[4:], uint32(len(still)-8))
	w, h := 1+le24(body[6:]), 1+le24(body[9:])
	at := image.Pt(2*le24(body), 2*le24(body[3:]))
	if !image.Rect(0, 0, w, h).Add(at).In(canvas.Rect) {
		return raster{}, errors.New("the animation's first frame lies outside the picture")
	}
	m, err := webp.Decode(bytes.NewReader(still))
	if err != nil {
		return raster{}, short(err)
	}
	r := rasterOfWebP(m)
	if w == canvas.Rect.Dx() && h == canvas.Rect.Dy() {
		return r, nil
	}
	draw.Draw(canvas, image.Rect(0, 0, w, h).Add(at), r.nrgba(), image.Point{}, draw.Src)
	return rasterOf(canvas), nil
}

func le24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

type chunk struct {
	id   string
	body []byte
}

// riffChunks walks the chunks of a RIFF file as far as they are whole.
func riffChunks(data []byte) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		for p := 12; p+8 <= len(data); {
			size := int(binary.LittleEndian.Uint32(data[p+4:]))
			if size > len(data)-p-8 {
				return
			}
			if !yield(chunk{string(data[p : p+4]), data[p+8 : p+8+size]}) {
				return
			}
			p += 8 + size + size&1
		}
	}
}
