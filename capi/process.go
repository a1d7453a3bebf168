package main

// #include "bridge.h"
import "C"

import (
	"fmt"
	"runtime"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/methods/train"
)

//export jmlgo_set_threads
func jmlgo_set_threads(n C.int32_t, message **C.char) C.jml_status {
	return guard("set_threads", message, func() error { return par.SetThreads(int(n)) })
}

//export jmlgo_info
func jmlgo_info(buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "info"
	return guard(op, message, func() error {
		if err := askable(op, buf, bufLen, outLen); err != nil {
			return err
		}
		kernels, note, err := train.Backend(0)
		if err != nil {
			return err
		}
		return giveJSON(op, struct {
			Version     string `json:"version"`
			ABI         int    `json:"abi"`
			Kernels     string `json:"kernels"`
			ISA         string `json:"instruction_set"`
			Threads     int    `json:"threads"`
			Cores       int    `json:"cores"`
			Go          string `json:"go"`
			KernelsNote string `json:"kernels_note"`
		}{
			Version: fmt.Sprintf("%d.%d.%d", C.JML_VERSION_MAJOR, C.JML_VERSION_MINOR, C.JML_VERSION_PATCH),
			ABI:     C.JML_ABI,
			Kernels: kernels.Name(), ISA: kernels.ISA(),
			Threads: par.Threads(), Cores: par.Available(),
			Go: runtime.Version(), KernelsNote: note,
		}, buf, bufLen, outLen)
	})
}

//export jmlgo_npy_header
func jmlgo_npy_header(dtype *C.jmlgo_text, shape *C.jmlgo_shape, ndim C.size_t, buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "npy_header"
	return guard(op, message, func() error {
		name, err := text(op, "dtype", dtype)
		if err != nil {
			return err
		}
		if ndim > npy.MaxDims {
			return core.Errorf(core.EShape, op, "ndim", "want at most %d dimensions, got %d", npy.MaxDims, ndim)
		}
		if ndim > 0 {
			if err := need(op, "shape", shape); err != nil {
				return err
			}
		}
		if err := askable(op, buf, bufLen, outLen); err != nil {
			return err
		}
		header, err := npy.Header(name, ints(shape, int(ndim)))
		if err != nil {
			return err
		}
		return give(op, header, buf, bufLen, outLen)
	})
}
