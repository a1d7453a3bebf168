package pictures

import "image"

// matrix turns YCbCr into RGB, in 1/65536: R = y*(Y-black) + rv*(Cr-128) and so on.
type matrix struct{ black, y, rv, gu, gv, bu int32 }

var (
	// jfif is JPEG's: ITU-R BT.601 with the full range 0 to 255.
	jfif = matrix{0, 65536, 91881, -22554, -46802, 116130}
	// video is WebP's: BT.601 with Y from 16 to 235 and chroma from 16 to 240
	// (255/219, and 1.402, 0.344136, 0.714136, 1.772 times 255/224). The decoder
	// returns such pictures under a type whose own conversion takes them for JFIF
	// and makes them flat.
	video = matrix{16, 76309, 104597, -25675, -53279, 132201}
)

// rowYCbCr converts row y. Chroma is repeated, not interpolated.
func rowYCbCr(m *image.YCbCr, y int, rgb []byte, k matrix) {
	w := m.Rect.Dx()
	shift := 0 // of a pixel's x to its chroma's
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		shift = 1
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		shift = 2
	}
	// Decoders put the origin at (0, 0); only there do shifted columns line up.
	c := m.COffset(m.Rect.Min.X, m.Rect.Min.Y+y)
	yy, cb, cr := m.Y[y*m.YStride:y*m.YStride+w], m.Cb[c:], m.Cr[c:]
	done := vectorYCbCr(rgb, yy, cb, cr, shift, k)
	plainYCbCr(rgb, yy, cb, cr, done, shift, k)
}

// plainYCbCr converts a row from pixel x on.
func plainYCbCr(rgb, yy, cb, cr []byte, x, shift int, k matrix) {
	const half = 1 << 15
	for ; x < len(yy); x++ {
		l := (int32(yy[x])-k.black)*k.y + half
		u, v := int32(cb[x>>shift])-128, int32(cr[x>>shift])-128
		rgb[3*x] = clamp((l + k.rv*v) >> 16)
		rgb[3*x+1] = clamp((l + k.gu*u + k.gv*v) >> 16)
		rgb[3*x+2] = clamp((l + k.bu*u) >> 16)
	}
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		return byte(^(v >> 31)) // 0 below, 255 above
	}
	return byte(v)
}
