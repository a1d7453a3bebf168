package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unsafe"

	sbinet "github.com/sbinet/npyio/npy"

	"github.com/jumelle/jumelle/core"
)

// Parse views an array in .npy form. With data nil, head is a whole file: header
// and elements. Otherwise head is the header alone, to its newline, and data the
// elements. Nothing is copied: the array is valid as long as both slices are.
//
// op and arg name the function and the argument in every message, also in those
// of the array's own methods. Codes: ENpy for bytes that are not .npy version
// 1.0, are cut short or have bytes left over; EDtype for a dtype or an order
// that the library does not take; EShape for dimensions it cannot.
func Parse(op, arg string, head, data []byte) (Array, error) {
	fail := func(format string, args ...any) (Array, error) {
		return Array{}, core.Errorf(core.ENpy, op, arg, format, args...)
	}
	if len(head) < prefix || string(head[:len(magic)]) != magic {
		return fail("want .npy data, got %d bytes that do not start as such", len(head))
	}
	if major, minor := head[6], head[7]; major != 1 || minor != 0 {
		return fail("want .npy version 1.0, got %d.%d", major, minor)
	}
	end := prefix + int(binary.LittleEndian.Uint16(head[8:]))
	switch {
	case len(head) < end:
		return fail("want a header of %d bytes, got %d: cut short", end, len(head))
	case data != nil && len(head) > end:
		return fail("want a header of %d bytes, got %d", end, len(head))
	case head[end-1] != '\n':
		return fail("want a newline at the end of the header, got %q", head[end-1])
	}
	text := strings.TrimRight(string(head[prefix:end-1]), " ")
	if strings.HasPrefix(text, "{'descr': [") {
		return Array{}, core.Errorf(core.EDtype, op, arg, "want dtype %s, %s or %s, got a structured dtype", Float32, Uint8, Int64)
	}
	h, err := readHeader(head[:end])
	if err != nil {
		return fail("want the header of a plain array, got %s", clip(text))
	}
	d := h.Descr
	// npyio is generous: it takes "(2 3)" for nothing and reads past what it does
	// not know. What it understood must be all there is.
	if dictionary(d.Type, d.Fortran, d.Shape) != text {
		return fail("want the header of a plain array, as numpy writes it, got %s", clip(text))
	}
	if itemSize(d.Type) == 0 {
		return Array{}, core.Errorf(core.EDtype, op, arg, "want dtype %s, %s or %s, got %s", Float32, Uint8, Int64, clip(d.Type))
	}
	if len(d.Shape) > MaxDims {
		return Array{}, core.Errorf(core.EShape, op, arg, "want at most %d dimensions, got %d", MaxDims, len(d.Shape))
	}
	// Fortran order says nothing about an array of one dimension.
	if d.Fortran && len(d.Shape) > 1 {
		return Array{}, core.Errorf(core.EDtype, op, arg, "want C order, got Fortran order (%s %s)", d.Type, FormatShape(d.Shape))
	}
	n, ok := product(d.Shape)
	if !ok || n > math.MaxInt64/itemSize(d.Type) {
		return Array{}, core.Errorf(core.EShape, op, arg, "want dimensions whose product can be addressed, got %s", text[strings.Index(text, "("):len(text)-3])
	}
	if data == nil {
		data = head[end:]
	}
	size := n * itemSize(d.Type)
	if len(data) != size {
		return fail("want %d bytes for %s %s, got %d", size, d.Type, FormatShape(d.Shape), len(data))
	}
	if size > 0 && uintptr(unsafe.Pointer(&data[0]))%uintptr(itemSize(d.Type)) != 0 {
		return fail("want elements aligned to %d bytes, got an address that is not: write the array with numpy.save", itemSize(d.Type))
	}
	return Array{Dtype: d.Type, Shape: append([]int{}, d.Shape...), data: data[:size:size], op: op, arg: arg}, nil
}

// readHeader is npyio's reading of a header that starts and ends as one. It
// panics on keys in another order and on a dictionary that is cut short.
func readHeader(head []byte) (h sbinet.Header, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	r, err := sbinet.NewReader(bytes.NewReader(head))
	if err != nil {
		return h, err
	}
	return r.Header, nil
}

// clip quotes text from outside for a message, without its length.
func clip(s string) string {
	if len(s) > 80 {
		return fmt.Sprintf("%q...", s[:80])
	}
	return fmt.Sprintf("%q", s)
}
