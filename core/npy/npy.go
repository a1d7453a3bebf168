// Package npy owns arrays as NumPy writes them: the bytes that cross the C
// interface, .npy files (read by mapping them, written atomically) and .npz
// archives. It does not own what the numbers mean.
//
// One subset is accepted, so that nothing is ever converted or copied behind a
// caller's back: format version 1.0, dtypes <f4, |u1 and <i8, C order, elements
// aligned to their size, and exactly the bytes that the shape needs.
package npy

import (
	"strconv"
	"strings"
	"unsafe"

	"github.com/jumelle/jumelle/core"
)

// The dtypes of the library, by NumPy's names.
const (
	Float32 = "<f4"
	Uint8   = "|u1"
	Int64   = "<i8"
)

// MaxDims is the largest number of dimensions; it keeps a header within 256 bytes.
const MaxDims = 8

// Array is a view of elements that somebody else owns: a caller's memory, a
// mapped file, a Go slice. It is valid as long as they are. The zero value is
// no array; Parse and the From functions make one.
type Array struct {
	Dtype string // Float32, Uint8 or Int64
	Shape []int  // no dimension is negative; empty for a single number

	data    []byte
	op, arg string // what messages name
}

// FromFloat32 views data as an array of the given shape. It panics where the
// shape does not hold len(data) elements: that is a mistake in the program.
func FromFloat32(data []float32, shape ...int) Array {
	return from(Float32, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*4), len(data), shape)
}

// FromInt64 is FromFloat32 for integers.
func FromInt64(data []int64, shape ...int) Array {
	return from(Int64, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*8), len(data), shape)
}

// FromUint8 is FromFloat32 for bytes.
func FromUint8(data []byte, shape ...int) Array {
	return from(Uint8, data, len(data), shape)
}

func from(dtype string, data []byte, n int, shape []int) Array {
	if count, ok := product(shape); !ok || count != n || len(shape) > MaxDims {
		panic("npy: " + strconv.Itoa(n) + " elements do not have shape " + FormatShape(shape))
	}
	return Array{Dtype: dtype, Shape: append([]int{}, shape...), data: data}
}

// Len is the number of elements.
func (a Array) Len() int {
	n, _ := product(a.Shape)
	return n
}

// Bytes is the elements as they lie in memory. No copy.
func (a Array) Bytes() []byte { return a.data }

// Float32s is the elements of a <f4 array, without a copy; EDtype for another.
func (a Array) Float32s() ([]float32, error) {
	if err := a.want(Float32); err != nil {
		return nil, err
	}
	if len(a.data) == 0 {
		return []float32{}, nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&a.data[0])), len(a.data)/4), nil
}

// Int64s is Float32s for <i8.
func (a Array) Int64s() ([]int64, error) {
	if err := a.want(Int64); err != nil {
		return nil, err
	}
	if len(a.data) == 0 {
		return []int64{}, nil
	}
	return unsafe.Slice((*int64)(unsafe.Pointer(&a.data[0])), len(a.data)/8), nil
}

// Uint8s is Float32s for |u1.
func (a Array) Uint8s() ([]byte, error) {
	if err := a.want(Uint8); err != nil {
		return nil, err
	}
	return a.data, nil
}

func (a Array) want(dtype string) error {
	if a.Dtype != dtype {
		got := a.Dtype
		if got == "" {
			got = "no array"
		}
		return core.Errorf(core.EDtype, a.op, a.arg, "want dtype %s, got %s", dtype, got)
	}
	return nil
}

// WantShape is nil if the array has this shape. A wanted -1 stands for any size.
func (a Array) WantShape(want ...int) error {
	ok := len(want) == len(a.Shape)
	for i := 0; ok && i < len(want); i++ {
		ok = want[i] < 0 || want[i] == a.Shape[i]
	}
	if !ok {
		return core.Errorf(core.EShape, a.op, a.arg, "want shape %s, got %s", formatShape(want, "any"), FormatShape(a.Shape))
	}
	return nil
}

// FormatShape writes a shape as Python does: (), (3,), (2, 3).
func FormatShape(shape []int) string { return formatShape(shape, "") }

// formatShape writes any for a negative dimension, unless any is empty.
func formatShape(shape []int, any string) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, d := range shape {
		if i > 0 {
			b.WriteString(", ")
		}
		if d < 0 && any != "" {
			b.WriteString(any)
		} else {
			b.WriteString(strconv.Itoa(d))
		}
	}
	if len(shape) == 1 {
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}
