package pictures

import (
	"errors"
	"image"
	"image/color"

	"github.com/disintegration/imaging"

	"github.com/jumelle/jumelle/core"
)

// raster is a picture of any kind as rows of RGB.
type raster struct {
	w, h   int
	gray   bool                           // all three channels are equal, so one is enough
	row    func(y int, rgb []byte)        // fills 3*w bytes
	upside func(image.Image) *image.NRGBA // what makes it upright; nil: it is
}

// rasterOf reads decoded pictures. Alpha is left out.
func rasterOf(m image.Image) raster {
	b := m.Bounds()
	r := raster{w: b.Dx(), h: b.Dy()}
	switch m := m.(type) {
	case *image.YCbCr:
		r.row = func(y int, rgb []byte) { rowYCbCr(m, y, rgb, jfif) }
	case *image.Gray:
		r.gray = true
		r.row = func(y int, rgb []byte) {
			for x, v := range m.Pix[y*m.Stride : y*m.Stride+r.w] {
				rgb[3*x], rgb[3*x+1], rgb[3*x+2] = v, v, v
			}
		}
	case *image.Gray16:
		r.gray = true
		r.row = func(y int, rgb []byte) {
			p := m.Pix[y*m.Stride:]
			for x := range r.w {
				v := p[2*x] // big-endian: the upper 8 bits
				rgb[3*x], rgb[3*x+1], rgb[3*x+2] = v, v, v
			}
		}
	case *image.NRGBA:
		r.row = rows8(m.Pix, m.Stride, r.w)
	case *image.RGBA:
		if m.Opaque() {
			r.row = rows8(m.Pix, m.Stride, r.w)
		}
	case *image.NRGBA64:
		r.row = rows16(m.Pix, m.Stride, r.w)
	case *image.RGBA64:
		if m.Opaque() {
			r.row = rows16(m.Pix, m.Stride, r.w)
		}
	case *image.Paletted:
		colors := make([]color.NRGBA, 256) // indices beyond the palette are black
		for i, c := range m.Palette[:min(256, len(m.Palette))] {
			colors[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
		}
		r.row = func(y int, rgb []byte) {
			for x, v := range m.Pix[y*m.Stride : y*m.Stride+r.w] {
				c := colors[v]
				rgb[3*x], rgb[3*x+1], rgb[3*x+2] = c.R, c.G, c.B
			}
		}
	case *image.CMYK:
		r.row = func(y int, rgb []byte) {
			p := m.Pix[y*m.Stride:]
			for x := range r.w {
				white := 255 - uint32(p[4*x+3])
				for c := range 3 {
					rgb[3*x+c] = byte(((255-uint32(p[4*x+c]))*white + 127) / 255)
				}
			}
		}
	}
	if r.row == nil {
		r.row = func(y int, rgb []byte) {
			for x := range r.w {
				c := color.NRGBAModel.Convert(m.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
				rgb[3*x], rgb[3*x+1], rgb[3*x+2] = c.R, c.G, c.B
			}
		}
	}
	return r
}

func rows8(pix []byte, stride, w int) func(int, []byte) {
	return func(y int, rgb []byte) {
		p := pix[y*stride : y*stride+4*w]
		for x := range w {
			rgb[3*x], rgb[3*x+1], rgb[3*x+2] = p[4*x], p[4*x+1], p[4*x+2]
		}
	}
}

func rows16(pix []byte, stride, w int) func(int, []byte) {
	return func(y int, rgb []byte) {
		p := pix[y*stride : y*stride+8*w]
		for x := range w {
			rgb[3*x], rgb[3*x+1], rgb[3*x+2] = p[8*x], p[8*x+2], p[8*x+4]
		}
	}
}

// rasterOfBytes reads (h, w, c) bytes as this library keeps them.
func rasterOfBytes(data []byte, h, w, c int) raster {
	r := raster{w: w, h: h, gray: c == 1}
	r.row = func(y int, rgb []byte) {
		p := data[y*w*c : (y+1)*w*c]
		if c == 3 {
			copy(rgb, p)
			return
		}
		for x, v := range p {
			rgb[3*x], rgb[3*x+1], rgb[3*x+2] = v, v, v
		}
	}
	return r
}

// fit is the picture upright, of size x size (0: as it is), with c channels. It
// fills out and returns it as the batch's data where out has the right length;
// otherwise the data is new.
func (r raster) fit(size, c int, out []byte) (core.Batch, error) {
	if r.w < 1 || r.h < 1 {
		return core.Batch{}, errors.New("the picture has no pixels")
	}
	if size == 0 {
		if r.upside != nil {
			r = rasterOfNRGBA(r.upside(r.nrgba()), r.gray)
		}
		return r.pack(c, out), nil
	}
	if r.upside == nil && r.w == size && r.h == size {
		return r.pack(c, out), nil
	}
	r = r.middle()
	m := r.nrgba()
	if r.upside != nil {
		m = r.upside(m)
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	tw, th := size, size
	if w > h {
		tw = size * w / h
	} else {
		th = size * h / w
	}
	if tw != w || th != h {
		m = imaging.Resize(m, tw, th, imaging.CatmullRom)
	}
	x, y := (tw-size)/2, (th-size)/2
	m = m.SubImage(image.Rect(x, y, x+size, y+size)).(*image.NRGBA)
	return rasterOfNRGBA(m, r.gray).pack(c, out), nil
}

// middle is the part of a very long picture that can matter for its middle
// square: without it, a picture of 2 x 3000 would become one of 8192 x 12 million.
func (r raster) middle() raster {
	short, long := min(r.w, r.h), max(r.w, r.h)
	keep := 3*short + (long-3*short)&1 // as odd or even as before: the middle stays
	if long <= keep {
		return r
	}
	off, whole, row := (long-keep)/2, r.w, r.row
	if r.w > r.h {
		r.w = keep
		r.row = func(y int, rgb []byte) {
			all := make([]byte, 3*whole)
			row(y, all)
			copy(rgb, all[3*off:])
		}
	} else {
		r.h = keep
		r.row = func(y int, rgb []byte) { row(y+off, rgb) }
	}
	return r
}

// rasterOfNRGBA reads what imaging made; gray is what the picture was before.
func rasterOfNRGBA(m *image.NRGBA, gray bool) raster {
	return raster{w: m.Rect.Dx(), h: m.Rect.Dy(), gray: gray, row: rows8(m.Pix, m.Stride, m.Rect.Dx())}
}

// nrgba is the picture as imaging wants it, opaque.
func (r raster) nrgba() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, r.w, r.h))
	rgb := make([]byte, 3*r.w)
	for y := range r.h {
		r.row(y, rgb)
		p := m.Pix[y*m.Stride:]
		for x := range r.w {
			p[4*x], p[4*x+1], p[4*x+2], p[4*x+3] = rgb[3*x], rgb[3*x+1], rgb[3*x+2], 255
		}
	}
	return m
}

// pack is the picture as (1, h, w, c) bytes, in out if it has their length.
func (r raster) pack(c int, out []byte) core.Batch {
	if len(out) != r.h*r.w*c {
		out = make([]byte, r.h*r.w*c)
	}
	b := core.Batch{N: 1, H: r.h, W: r.w, C: c, Data: out}
	if c == 3 {
		for y := range r.h {
			r.row(y, b.Data[y*r.w*3:(y+1)*r.w*3])
		}
		return b
	}
	rgb := make([]byte, 3*r.w)
	for y := range r.h {
		r.row(y, rgb)
		line := out[y*r.w : (y+1)*r.w]
		for x := range line {
			if r.gray {
				line[x] = rgb[3*x]
			} else {
				line[x] = luma(rgb[3*x], rgb[3*x+1], rgb[3*x+2])
			}
		}
	}
	return b
}

// luma is the gray value of a colour, computed in float32 and truncated.
func luma(r, g, b byte) byte {
	return byte(float32(float32(0.2989*float32(r))+float32(0.587*float32(g))) + float32(0.114*float32(b)))
}
