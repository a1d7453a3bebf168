//go:build onednn && cgo

package onednn

/*
#include "onednn.h"
*/
import "C"

import (
	"runtime"
	"unsafe"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
)

// arena is memory of the C side.
type arena struct {
	b     *backend
	start unsafe.Pointer // nil once freed
	bytes int64
}

// pages is the size that is mapped: whole pages, at least one.
func (a *arena) pages() C.size_t { return C.size_t((max(a.bytes, 1) + 4095) / 4096 * 4096) }

// NewArena implements kernel.Backend.
func (b *backend) NewArena(bytes int64) (kernel.Arena, error) {
	if bytes < 0 || bytes > 1<<46 {
		return nil, core.Invalid("arena", "bytes", "want 0 to 2^46, got %d", bytes)
	}
	a := &arena{b: b, bytes: bytes}
	if a.start = C.jmk_memory_new(a.pages()); a.start == nil {
		return nil, core.Errorf(core.EIntern, "arena", "bytes", "no memory for %d bytes", bytes)
	}
	return a, nil
}

func (a *arena) Bytes() int64                        { return a.bytes }
func (a *arena) CopyIn(offset int64, src []float32)  { copy(a.Host(offset, len(src)), src) }
func (a *arena) CopyOut(dst []float32, offset int64) { copy(dst, a.Host(offset, len(dst))) }

func (a *arena) Host(offset int64, n int) []float32 {
	if !a.holds(offset, int64(n)*4) || offset%4 != 0 {
		panic(core.Errorf(core.EIntern, "arena", "offset", "want %d floats within %d bytes, got offset %d", n, a.bytes, offset))
	}
	return unsafe.Slice((*float32)(unsafe.Add(a.start, offset)), n)
}

func (a *arena) holds(offset, bytes int64) bool {
	return a.start != nil && offset >= 0 && bytes >= 0 && offset <= a.bytes && bytes <= a.bytes-offset
}

// Free waits for what runs on the library's thread; a program that runs on the
// arena afterwards fails.
func (a *arena) Free() {
	_ = a.b.do(func() error {
		if a.start != nil {
			C.jmk_memory_free(a.start, a.pages())
			a.start = nil
		}
		return nil
	})
}

// program keeps the primitives and arenas that its C side points into.
type program struct {
	b      *backend
	c      *C.jmk_program // nil once freed
	calls  []kernel.Call
	arenas []*arena

	work     func() error // made once, so that Run allocates nothing
	failedAt C.int        // touched on the library's thread only
}

// NewProgram implements kernel.Backend.
func (b *backend) NewProgram(calls []kernel.Call) (kernel.Program, error) {
	p := &program{b: b, calls: append([]kernel.Call(nil), calls...)}
	p.work = func() error { return p.onThread(nil) }
	err := b.do(func() error {
		steps := 0
		for i, c := range calls {
			made, ok := c.Primitive.(*primitive)
			if !ok {
				return core.Errorf(core.EIntern, "program", "calls", "want a primitive of the onednn backend in call %d, got %T", i, c.Primitive)
			}
			steps += len(made.steps)
		}
		if p.c = C.jmk_program_new(C.int(steps)); p.c == nil {
			return core.Errorf(core.EIntern, "program", "calls", "no memory for %d calls", len(calls))
		}
		for i, c := range calls {
			if err := p.add(i, c.Primitive.(*primitive), c); err != nil {
				C.jmk_program_free(p.c)
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// add appends the steps of call i.
func (p *program) add(i int, made *primitive, c kernel.Call) error {
	name := made.op.Name()
	if len(c.Args) != len(made.operands) {
		return core.Errorf(core.EIntern, "program", name, "want %d arguments in call %d, got %d", len(made.operands), i, len(c.Args))
	}
	addresses := make([]C.uintptr_t, len(c.Args))
	for j, m := range c.Args {
		at, err := p.address(m, made.operands[j].Bytes)
		if err != nil {
			return core.Errorf(core.EIntern, "program", name, "call %d, %s: %v", i, made.operands[j].Name, err)
		}
		addresses[j] = at
	}
	scratch, err := p.address(c.Scratch, made.Scratch())
	if err != nil {
		return core.Errorf(core.EIntern, "program", name, "call %d, scratch: %v", i, err)
	}
	temps := make([]C.uintptr_t, len(made.temps))
	next := scratch + C.uintptr_t(aligned(made.shared))
	for j, bytes := range made.temps {
		temps[j] = next
		next += C.uintptr_t(aligned(bytes))
	}
	for _, s := range made.steps {
		if s.winograd != nil {
			data := [4]C.uintptr_t{addresses[0], addresses[1], addresses[2], scratch}
			if status := C.jmk_program_add_winograd(p.c, s.winograd, C.int(i), &data[0]); status != 0 {
				return failed("program", name, status)
			}
			continue
		}
		if s.norm != nil {
			if status := C.jmk_program_add_norm(p.c, s.norm, C.int(i), &addresses[0], scratch); status != 0 {
				return failed("program", name, status)
			}
			continue
		}
		codes, descs, data := make([]C.int, len(s.args)), make([]desc, len(s.args)), make([]C.uintptr_t, len(s.args))
		for j, a := range s.args {
			codes[j], descs[j] = a.code, s.describe(a.code)
			switch {
			case a.from == scratchpad:
				data[j] = scratch
			case a.from < 0:
				data[j] = temps[-a.from-1]
			default:
				data[j] = addresses[a.from] + C.uintptr_t(int64(a.part)*int64(C.jmk_desc_bytes(&descs[j])))
			}
		}
		if status := C.jmk_program_add(p.c, s.c, C.int(i), C.int(len(codes)), &codes[0], &descs[0], &data[0]); status != 0 {
			return failed("program", name, status)
		}
	}
	return nil
}

// address is where the memory of an argument lies.
func (p *program) address(m kernel.Memory, bytes int64) (C.uintptr_t, error) {
	if bytes == 0 {
		return 0, nil
	}
	a, ok := m.Arena.(*arena)
	if !ok {
		return 0, core.Errorf(core.EIntern, "", "", "want memory of the onednn backend, got %T", m.Arena)
	}
	if m.Offset%kernel.Alignment != 0 || !a.holds(m.Offset, bytes) {
		return 0, core.Errorf(core.EIntern, "", "", "want %d bytes at a multiple of %d in an arena of %d, got offset %d", bytes, kernel.Alignment, a.bytes, m.Offset)
	}
	known := false
	for _, other := range p.arenas {
		known = known || other == a
	}
	if !known {
		p.arenas = append(p.arenas, a)
	}
	return C.uintptr_t(uintptr(a.start)) + C.uintptr_t(m.Offset), nil
}

func (p *program) Run() error { return p.b.do(p.work) }

func (p *program) Profile() ([]float64, error) {
	seconds := make([]float64, len(p.calls))
	if len(seconds) == 0 {
		return seconds, nil
	}
	return seconds, p.b.do(func() error { return p.onThread(seconds) })
}

func (p *program) onThread(seconds []float64) error {
	if p.c == nil {
		return core.Errorf(core.EIntern, "program", "", "the program has been freed")
	}
	for _, a := range p.arenas {
		if a.start == nil {
			return core.Errorf(core.EIntern, "program", "", "an arena of the program has been freed")
		}
	}
	status := C.jmk_program_run(p.c, C.int(p.b.threads), (*C.double)(unsafe.SliceData(seconds)), &p.failedAt)
	runtime.KeepAlive(p)
	if status != 0 {
		return failed("program", p.calls[p.failedAt].Primitive.(*primitive).op.Name(), status)
	}
	return nil
}

// Free waits for a run that is under way.
func (p *program) Free() {
	_ = p.b.do(func() error {
		if p.c != nil {
			C.jmk_program_free(p.c)
			p.c = nil
		}
		return nil
	})
}
