package npy

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"

	"github.com/jumelle/jumelle/core"
)

const magic = "\x93NUMPY"

// prefix is magic, version and the two bytes of the dictionary's length.
const prefix = len(magic) + 4

// align is what a header is padded to, as NumPy pads it: elements that follow
// are aligned for any dtype and for vector loads.
const align = 64

// Header is the header of an array in version 1.0: magic to newline, a multiple
// of 64 bytes, at most 256.
func Header(dtype string, shape []int) ([]byte, error) {
	const op = "npy_header"
	if itemSize(dtype) == 0 {
		return nil, core.Errorf(core.EDtype, op, "dtype", "want %s, %s or %s, got %q", Float32, Uint8, Int64, dtype)
	}
	if len(shape) > MaxDims {
		return nil, core.Errorf(core.EShape, op, "shape", "want at most %d dimensions, got %d", MaxDims, len(shape))
	}
	for i, d := range shape {
		if d < 0 {
			return nil, core.Errorf(core.EShape, op, "shape", "want no negative dimension, got %d as dimension %d", d, i)
		}
	}
	if n, ok := product(shape); !ok || n > math.MaxInt64/itemSize(dtype) {
		return nil, core.Errorf(core.EShape, op, "shape", "want an array that can be addressed, got %s", FormatShape(shape))
	}
	text := dictionary(dtype, false, shape)
	size := (prefix + len(text) + 1 + align - 1) / align * align
	b := make([]byte, 0, size)
	b = append(b, magic...)
	b = append(b, 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(size-prefix))
	b = append(b, text...)
	b = append(b, strings.Repeat(" ", size-1-len(b))...)
	return append(b, '\n'), nil
}

// dictionary is the Python literal that NumPy writes for a plain array.
func dictionary(dtype string, fortran bool, shape []int) string {
	order := "False"
	if fortran {
		order = "True"
	}
	return "{'descr': '" + dtype + "', 'fortran_order': " + order + ", 'shape': " + FormatShape(shape) + ", }"
}

// itemSize is the bytes of one element, 0 for a dtype the library does not know.
func itemSize(dtype string) int {
	switch dtype {
	case Uint8:
		return 1
	case Float32:
		return 4
	case Int64:
		return 8
	}
	return 0
}

// product is the number of elements. It is false for a negative dimension and
// where the product of the dimensions that are not 0 does not fit: an array of
// shape (0, 2^62, 2^62) is a mistake too, whatever its size.
func product(shape []int) (int, bool) {
	n, zero := uint64(1), false
	for _, d := range shape {
		switch {
		case d < 0:
			return 0, false
		case d == 0:
			zero = true
		default:
			hi, lo := bits.Mul64(n, uint64(d))
			if hi != 0 || lo > math.MaxInt64 {
				return 0, false
			}
			n = lo
		}
	}
	if zero {
		return 0, true
	}
	return int(n), true
}
