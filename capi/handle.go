package main

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"sync"
	"unsafe"

	"github.com/jumelle/jumelle/core"
)

// The kinds of handles, by the names that messages use.
const (
	kindImages   = "images"
	kindPipeline = "pipeline"
	kindTrainer  = "trainer"
)

// handles is what C holds: the one table of the interface.
var handles = table{live: map[uintptr]*entry{}}

// table maps handles to objects. A handle is an integer that is never used
// twice, so that a stale one is always recognised.
type table struct {
	mu   sync.Mutex
	live map[uintptr]*entry
	made uintptr
}

// The first handle and the distance to the next: neither a small number nor a
// plausible address, so that a stray value of either kind is no handle.
const (
	handleBase = 0x6a6d6c1
	handleStep = 16
)

type entry struct {
	kind   string
	value  any
	close  func()
	busy   bool
	closed bool   // freed while busy: goes when that call returns
	broken string // the bug that an earlier call ended in, "" if none
}

func (t *table) add(kind string, value any, close func()) uintptr {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := uintptr(handleBase) + t.made*handleStep
	t.made++
	t.live[h] = &entry{kind: kind, value: value, close: close}
	return h
}

// enter finds the object behind h for one call, which leave ends.
func (t *table) enter(op, kind string, h uintptr) (*entry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.live[h]
	switch {
	case h == 0:
		return nil, core.Invalid(op, kind, "want a handle, got NULL")
	case e == nil && !t.gaveOut(h):
		return nil, core.Errorf(core.EHandle, op, kind, "want a handle of %s, got a value that never was a handle", kind)
	case e == nil || e.closed:
		return nil, core.Errorf(core.EHandle, op, kind, "want a handle of %s, got one that was freed", kind)
	case e.kind != kind:
		return nil, core.Errorf(core.EHandle, op, kind, "want a handle of %s, got one of %s", kind, e.kind)
	case e.busy:
		return nil, core.Errorf(core.EBusy, op, kind, "another thread is in a call with this handle")
	case e.broken != "":
		return nil, core.Errorf(core.EIntern, op, kind, "an earlier call left this handle unsafe to use (%s): free it", e.broken)
	}
	e.busy = true
	return e, nil
}

func (t *table) gaveOut(h uintptr) bool {
	return h >= handleBase && (h-handleBase)%handleStep == 0 && (h-handleBase)/handleStep < t.made
}

func (t *table) leave(h uintptr, e *entry, broken string) {
	t.mu.Lock()
	e.busy = false
	e.broken = broken
	gone := e.closed
	if gone {
		delete(t.live, h)
	}
	t.mu.Unlock()
	if gone {
		e.close()
	}
}

// free closes the object behind h, at once or when the call that is in it
// returns. A value that is no live handle of this kind is left alone.
func (t *table) free(kind string, h uintptr) {
	t.mu.Lock()
	e := t.live[h]
	if e == nil || e.kind != kind || e.closed {
		t.mu.Unlock()
		return
	}
	e.closed = true
	now := !e.busy
	if now {
		delete(t.live, h)
	}
	t.mu.Unlock()
	if now {
		e.close()
	}
}

// use runs fn on the object behind a handle, alone. When fn ends in a bug the
// object may be half changed: later calls with this handle are refused, and only
// with this one.
func use[T any](op, kind string, h C.uintptr_t, fn func(T) error) error {
	e, err := handles.enter(op, kind, uintptr(h))
	if err != nil {
		return err
	}
	broken := op + " panicked"
	defer func() { handles.leave(uintptr(h), e, broken) }()
	if err = fault(); err == nil {
		err = fn(e.value.(T))
	}
	broken = ""
	if err != nil && codeOf(err) == core.EIntern {
		broken = op + " failed"
	}
	return err
}

// release is the body of every jml_X_free, which reports nothing.
func release(kind string, h C.uintptr_t) {
	var message *C.char
	guard(kind+"_free", &message, func() error {
		handles.free(kind, uintptr(h))
		return nil
	})
	C.free(unsafe.Pointer(message))
}

// makeOf is the body of every function that makes a handle of one text: a spec
// or a path.
func makeOf(op, kind, arg string, given *C.jmlgo_text, out *C.uintptr_t, message **C.char, build func(string) (value any, close func(), err error)) C.jml_status {
	return guard(op, message, func() error {
		s, err := text(op, arg, given)
		if err != nil {
			return err
		}
		return hand(op, kind, out, func() (any, func(), error) { return build(s) })
	})
}

// hand makes an object and gives its handle to C.
func hand(op, kind string, out *C.uintptr_t, build func() (value any, close func(), err error)) error {
	if err := need(op, "out_"+kind, out); err != nil {
		return err
	}
	value, close, err := build()
	if err != nil {
		return err
	}
	*out = C.uintptr_t(handles.add(kind, value, close))
	return nil
}
