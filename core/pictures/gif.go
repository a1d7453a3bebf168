package pictures

import (
	"bytes"
	"image"
	"image/gif"
)

// decodeGIF is the first frame of a GIF file on its canvas. The decoder of the
// standard library gives the frame alone and makes its transparent colour black;
// viewers, and Pillow, show a canvas and the colour of the table.
func decodeGIF(data []byte) (raster, error) {
	cfg, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return raster{}, short(err)
	}
	flags := gifTransparency(data)
	background := uint8(0)
	var m image.Image
	if flags >= 0 {
		background = data[flags+3]
		data[flags] &^= 1 // the caller's bytes are this picture's alone
		m, err = gif.Decode(bytes.NewReader(data))
		data[flags] |= 1
	}
	// A transparent index beyond the table is an error unless it is transparent.
	if flags < 0 || err != nil {
		m, err = gif.Decode(bytes.NewReader(data))
	}
	if err != nil {
		return raster{}, short(err)
	}
	frame, ok := m.(*image.Paletted)
	if !ok || frame.Rect == image.Rect(0, 0, cfg.Width, cfg.Height) {
		return rasterOf(m), nil
	}
	canvas := image.NewPaletted(image.Rect(0, 0, cfg.Width, cfg.Height), frame.Palette)
	for i := range canvas.Pix {
		canvas.Pix[i] = background
	}
	in := frame.Rect.Intersect(canvas.Rect)
	for y := in.Min.Y; y < in.Max.Y; y++ {
		copy(canvas.Pix[canvas.PixOffset(in.Min.X, y):][:in.Dx()], frame.Pix[frame.PixOffset(in.Min.X, y):])
	}
	return rasterOf(canvas), nil
}

// gifTransparency is the place of the first frame's graphic control flags where
// they name a transparent colour, or -1.
func gifTransparency(data []byte) int {
	if len(data) < 13 {
		return -1
	}
	p, found := 13, -1
	if data[10]&0x80 != 0 { // a global colour table of 2^(n+1) colours
		p += 3 << (data[10]&7 + 1)
	}
	for p+8 <= len(data) && data[p] == 0x21 { // extensions; the frame is 0x2c
		if data[p+1] == 0xf9 && data[p+2] == 4 && data[p+3]&1 != 0 {
			found = p + 3
		}
		for p += 2; p < len(data) && data[p] != 0; p += 1 + int(data[p]) {
		}
		p++
	}
	return found
}
