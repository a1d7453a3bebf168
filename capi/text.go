package main

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"unsafe"

	"github.com/jumelle/jumelle/core"
)

// text is a caller's NUL-terminated string.
func text(op, arg string, p *C.jmlgo_text) (string, error) {
	if p == nil {
		return "", core.Invalid(op, arg, "want text, got NULL")
	}
	return C.GoString((*C.char)(unsafe.Pointer(p))), nil
}

// giveText is how every text leaves: written with a NUL if it fits, its size in
// *outLen either way.
func giveText(op, s string, buf *C.char, bufLen C.size_t, outLen *C.size_t) error {
	return give(op, append([]byte(s), 0), buf, bufLen, outLen)
}

// giveJSON is giveText of a value as JSON.
func giveJSON(op string, value any, buf *C.char, bufLen C.size_t, outLen *C.size_t) error {
	document, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return giveText(op, string(document), buf, bufLen, outLen)
}

// give writes content to the caller's buffer. No buffer at all asks for the size.
func give(op string, content []byte, buf *C.char, bufLen C.size_t, outLen *C.size_t) error {
	if err := askable(op, buf, bufLen, outLen); err != nil {
		return err
	}
	*outLen = C.size_t(len(content))
	if buf == nil {
		return nil
	}
	if uint64(bufLen) < uint64(len(content)) {
		return core.Invalid(op, "buf_len", "want at least %d bytes, got %d", len(content), bufLen)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(buf)), len(content)), content)
	return nil
}

// askable checks the arguments of give, before any work.
func askable(op string, buf *C.char, bufLen C.size_t, outLen *C.size_t) error {
	if outLen == nil {
		return core.Invalid(op, "out_len", "want a pointer, got NULL")
	}
	if buf == nil && bufLen != 0 {
		return core.Invalid(op, "buf", "want a buffer of %d bytes, got NULL", bufLen)
	}
	return nil
}

// need refuses NULL for an output that has to be there.
func need[T any](op, arg string, p *T) error {
	if p == nil {
		return core.Invalid(op, arg, "want a pointer, got NULL")
	}
	return nil
}
