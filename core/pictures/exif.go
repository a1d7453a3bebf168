package pictures

import (
	"bytes"
	"encoding/binary"
	"image"

	"github.com/disintegration/imaging"
)

// orientation is the EXIF orientation of a file, 1 to 8, or 0 where it has none
// that can be read: broken metadata never makes a picture unreadable. sure says
// that the rest of the file, should data be its start only, cannot change that.
func orientation(data []byte, format string) (turn int, sure bool) {
	switch format {
	case "jpeg":
		exif, sure := jpegEXIF(data)
		return tiffOrientation(exif), sure
	case "png":
		return tiffOrientation(pngEXIF(data)), false
	case "webp":
		for c := range riffChunks(data) {
			if c.id == "EXIF" {
				return tiffOrientation(bytes.TrimPrefix(c.body, []byte("Exif\x00\x00"))), true
			}
		}
		return 0, false
	case "tiff":
		return tiffOrientation(data), false
	}
	return 0, true
}

// upright is imaging's operation that undoes an orientation, nil for none.
func upright(orientation int) func(image.Image) *image.NRGBA {
	switch orientation {
	case 2:
		return imaging.FlipH
	case 3:
		return imaging.Rotate180
	case 4:
		return imaging.FlipV
	case 5:
		return imaging.Transpose
	case 6:
		return imaging.Rotate270
	case 7:
		return imaging.Transverse
	case 8:
		return imaging.Rotate90
	}
	return nil
}

// jpegEXIF is the first EXIF block of a JPEG file. Other blocks with the same
// marker, such as XMP, may come before it. sure: it would be found, or the
// picture begins, within data.
func jpegEXIF(data []byte) (exif []byte, sure bool) {
	for p := 2; p+4 <= len(data) && data[p] == 0xff; {
		marker := data[p+1]
		if marker == 0xff { // filling
			p++
			continue
		}
		size := int(binary.BigEndian.Uint16(data[p+2:]))
		if marker == 0xda || size < 2 { // the picture starts
			return nil, true
		}
		if p+2+size > len(data) {
			return nil, false
		}
		body := data[p+4 : p+2+size]
		if exif, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return exif, true
		}
		p += 2 + size
	}
	return nil, false
}

// pngEXIF is the body of a PNG file's eXIf chunk.
func pngEXIF(data []byte) []byte {
	for p := 8; p+8 <= len(data); {
		size := int(binary.BigEndian.Uint32(data[p:]))
		if size > len(data)-p-8 {
			return nil
		}
		if string(data[p+4:p+8]) == "eXIf" {
			return data[p+8 : p+8+size]
		}
		p += 12 + size
	}
	return nil
}

// tiffOrientation reads tag 0x112 of the first directory of a TIFF block.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(b[:2]) {
	case "II":
	case "MM":
		order = binary.BigEndian
	default:
		return 0
	}
	start := int64(order.Uint32(b[4:]))
	if start < 8 || start+2 > int64(len(b)) {
		return 0
	}
	b = b[start:]
	tags := int(order.Uint16(b))
	for b = b[2:]; tags > 0 && len(b) >= 12; tags, b = tags-1, b[12:] {
		if order.Uint16(b) == 0x112 {
			if v := int(order.Uint16(b[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 0
		}
	}
	return 0
}
