//go:build fault

package main

// #include "bridge.h"
import "C"

import (
	"sync/atomic"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// What jml__fault can break. The first two break that very call, the others the
// next call that uses a handle.
const (
	faultHere       = 1 // panic on the calling goroutine
	faultWorker     = 2 // panic on a worker of core/par
	faultNextHere   = 3
	faultNextWorker = 4
)

var pending atomic.Int32

// fault breaks the call it is in if jml__fault has asked for it.
func fault() error {
	switch pending.Swap(0) {
	case faultNextHere:
		return broken(faultHere)
	case faultNextWorker:
		return broken(faultWorker)
	}
	return nil
}

func broken(kind int32) error {
	switch kind {
	case faultHere:
		panic("injected fault")
	case faultWorker:
		return par.Do(2, 8, 1, func(lo, _ int) error {
			if lo == 7 {
				panic("injected fault in a worker")
			}
			return nil
		})
	}
	return core.Invalid("fault", "kind", "want 1 to 4, got %d", kind)
}

//export jmlgo_fault
func jmlgo_fault(kind C.int32_t, message **C.char) C.jml_status {
	return guard("fault", message, func() error {
		if kind == faultNextHere || kind == faultNextWorker {
			pending.Store(int32(kind))
			return nil
		}
		return broken(int32(kind))
	})
}

//export jmlgo_handles
func jmlgo_handles() C.int64_t {
	handles.mu.Lock()
	defer handles.mu.Unlock()
	return C.int64_t(len(handles.live))
}
