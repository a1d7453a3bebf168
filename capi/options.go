package main

// #include "bridge.h"
import "C"

import (
	"unsafe"

	"github.com/jumelle/jumelle/core"
)

// Structs that start with struct_size grow at their end only, so that programs
// built against another version of the header go on to work: of a shorter struct
// the missing fields have their defaults; a longer one is accepted while what we
// do not know in it is zero. (A new field must start at or after the old
// sizeof: an old program leaves garbage in the padding at the end.)

// maxStruct is far above any struct of ours; a struct_size beyond it is garbage.
const maxStruct = 4096

// known is how many bytes of *given both sides know. given may be shorter than T.
func known[T any](op, arg string, given *T) (uintptr, error) {
	ours := unsafe.Sizeof(*given)
	theirs := uintptr(*(*C.size_t)(unsafe.Pointer(given)))
	if theirs < unsafe.Sizeof(C.size_t(0)) || theirs > maxStruct {
		return 0, core.Invalid(op, arg, "want struct_size to be the struct's size, got %d: set it first", theirs)
	}
	if theirs > ours {
		for _, b := range raw(given, theirs)[ours:] {
			if b != 0 {
				return 0, core.Invalid(op, arg, "want at most %d bytes of fields, got %d: the program was built for a newer library", ours, theirs)
			}
		}
	}
	return min(ours, theirs), nil
}

func raw[T any](p *T, n uintptr) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(p)), n)
}

// options reads an options struct; NULL stands for the defaults.
func options[T any](op string, given *T, defaults func(*T)) (T, error) {
	var o T
	defaults(&o)
	if given == nil {
		return o, nil
	}
	n, err := known(op, "opts", given)
	if err != nil {
		return o, err
	}
	copy(raw(&o, n), raw(given, n))
	return o, nil
}

// room checks a struct that is to be filled. It is called before any work, fill
// after it; NULL means that nobody asks.
func room[T any](op, arg string, out *T) error {
	if out == nil {
		return nil
	}
	_, err := known(op, arg, out)
	return err
}

// fill writes value into a struct that room has accepted. struct_size stays.
func fill[T any](out *T, value T) {
	if out == nil {
		return
	}
	const first = unsafe.Sizeof(C.size_t(0))
	n := min(unsafe.Sizeof(value), uintptr(*(*C.size_t)(unsafe.Pointer(out))))
	copy(raw(out, n)[first:], raw(&value, n)[first:])
}
