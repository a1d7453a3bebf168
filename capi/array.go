package main

// #include "bridge.h"
import "C"

import (
	"unsafe"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
)

// words is a jml_npy whose pointers are still integers: whatever a caller wrote
// there must be looked at before Go may hold it as a pointer.
type words struct{ head, headLen, data, dataLen uintptr }

// Its size is the struct's: the build breaks if they part.
var _ [unsafe.Sizeof(C.jml_npy{})]struct{} = [unsafe.Sizeof(words{})]struct{}{}

// array views what p describes. Nothing is copied, so the result must not
// outlive the call.
func array(op, arg string, p *C.jmlgo_npy) (npy.Array, error) {
	if p == nil {
		return npy.Array{}, core.Invalid(op, arg, "want a jml_npy, got NULL")
	}
	w := *(*words)(unsafe.Pointer(p))
	if w.head == 0 {
		return npy.Array{}, core.Invalid(op, arg, "want .npy data, got NULL as head")
	}
	head, err := memory(op, arg, w.head, w.headLen)
	if err != nil {
		return npy.Array{}, err
	}
	var data []byte
	if w.data != 0 {
		if data, err = memory(op, arg, w.data, w.dataLen); err != nil {
			return npy.Array{}, err
		}
	}
	return npy.Parse(op, arg, head, data)
}

// memory is n bytes of the caller's at address.
func memory(op, arg string, address, n uintptr) ([]byte, error) {
	const page = 4096 // nothing is mapped below, and Go takes such a pointer for damage
	if n == 0 {
		return []byte{}, nil
	}
	if address < page || n > 1<<47 || address > ^uintptr(0)-n {
		return nil, core.Invalid(op, arg, "want memory, got %d bytes at address %#x", n, address)
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), int(n)), nil
}

// floats is the '<f4' array p of the wanted shape (-1: any size) and its shape.
func floats(op, arg string, p *C.jmlgo_npy, want ...int) ([]float32, []int, error) {
	return elements(op, arg, p, npy.Array.Float32s, want)
}

// bytes is floats for '|u1'.
func bytes(op, arg string, p *C.jmlgo_npy, want ...int) ([]byte, []int, error) {
	return elements(op, arg, p, npy.Array.Uint8s, want)
}

// int64s is floats for '<i8'.
func int64s(op, arg string, p *C.jmlgo_npy, want ...int) ([]int64, []int, error) {
	return elements(op, arg, p, npy.Array.Int64s, want)
}

func elements[T any](op, arg string, p *C.jmlgo_npy, as func(npy.Array) ([]T, error), want []int) ([]T, []int, error) {
	a, err := array(op, arg, p)
	if err != nil {
		return nil, nil, err
	}
	values, err := as(a)
	if err != nil {
		return nil, nil, err
	}
	if err := a.WantShape(want...); err != nil {
		return nil, nil, err
	}
	return values, a.Shape, nil
}

// batch is the '|u1' (n, h, w, c) array p.
func batch(op, arg string, p *C.jmlgo_npy) (core.Batch, error) {
	data, s, err := bytes(op, arg, p, -1, -1, -1, -1)
	if err != nil {
		return core.Batch{}, err
	}
	b := core.Batch{N: s[0], H: s[1], W: s[2], C: s[3], Data: data}
	return b, b.Check(op, arg)
}

// ints is n dimensions of the caller's.
func ints(p *C.jmlgo_shape, n int) []int {
	shape := make([]int, n)
	for i, d := range unsafe.Slice(p, n) {
		shape[i] = int(d)
	}
	return shape
}

// span is where an argument's elements lie, for apart.
type span struct {
	arg    string
	lo, hi uintptr
}

func spanOf[T any](arg string, values []T) span {
	lo := uintptr(unsafe.Pointer(unsafe.SliceData(values)))
	return span{arg, lo, lo + uintptr(len(values))*unsafe.Sizeof(*new(T))}
}

// apart refuses an output that overlaps another argument: the result would
// depend on the order in which a function happens to write.
func apart(op string, out span, others ...span) error {
	for _, o := range others {
		if out.lo < o.hi && o.lo < out.hi {
			return core.Invalid(op, out.arg, "want memory of its own, got some that overlaps %s", o.arg)
		}
	}
	return nil
}
