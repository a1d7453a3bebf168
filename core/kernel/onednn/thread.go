//go:build onednn && cgo

package onednn

/*
#cgo LDFLAGS: -ldl -lm
#include <stdlib.h>
#include "onednn.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
)

// job is work for the thread of the library.
type job struct {
	work func() error
	done chan error // of one element
}

// thread loads the library once and gives the queue of its thread. The thread
// lives as long as the process: the library cannot be unloaded.
var thread = sync.OnceValues(func() (chan<- job, error) {
	jobs := make(chan job)
	loaded := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := load(); err != nil {
			loaded <- err
			return // the OS thread ends with the goroutine
		}
		loaded <- nil
		for j := range jobs {
			j.done <- guarded(j.work)
		}
	}()
	if err := <-loaded; err != nil {
		return nil, err
	}
	return jobs, nil
})

func guarded(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = core.Errorf(core.EIntern, "kernels", "", "panic: %v\n%s", r, debug.Stack())
		}
	}()
	return work()
}

func load() error {
	var message [512]C.char
	if C.jmk_load(&message[0], C.size_t(len(message))) != 0 {
		return core.Errorf(core.EIO, "kernels", "onednn", "want the kernel library libdnnl.so.2: %s", C.GoString(&message[0]))
	}
	return nil
}

// do runs work on the thread of the library and waits for it.
func (b *backend) do(work func() error) error {
	done := b.done.Get().(chan error)
	b.jobs <- job{work, done}
	err := <-done
	b.done.Put(done)
	return err
}

type backend struct {
	jobs    chan<- job
	done    sync.Pool // of chan error
	threads int
	name    string
	isa     string
	block   C.int // the layout for pictures where nothing else decides
	// bfloat16: passes that are faster with products of it have them.
	bfloat16 bool

	// Touched on the library's thread only.
	made map[string]*primitive
}

// New loads the library at the first call and makes a backend of that many
// threads; 0 means par.Threads() now.
func New(threads int) (kernel.Backend, error) {
	if err := par.CheckThreads("kernels", "threads", threads); err != nil {
		return nil, err
	}
	if threads == 0 {
		threads = par.Threads()
	}
	jobs, err := thread()
	if err != nil {
		return nil, err
	}
	b := newBackend(jobs, threads)
	return b, b.do(func() error {
		var major, minor, patch C.int
		C.jmk_version(&major, &minor, &patch)
		b.name = fmt.Sprintf("onednn %d.%d.%d", major, minor, patch)
		b.isa, b.block = isa(C.jmk_isa())
		return nil
	})
}

func newBackend(jobs chan<- job, threads int) *backend {
	b := &backend{jobs: jobs, threads: threads, made: map[string]*primitive{}}
	b.done.New = func() any { return make(chan error, 1) }
	return b
}

// width is the number of channels in a block.
func (b *backend) width() int {
	if b.block == C.dnnl_nChw16c {
		return 16
	}
	return 8
}

// isa is the name of the widest instruction set in use and the block of channels
// that fills its registers.
func isa(code C.int) (string, C.int) {
	for _, known := range []struct {
		code  C.int
		name  string
		block C.int
	}{
		{C.dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx", C.dnnl_nChw16c},
		{C.dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16", C.dnnl_nChw16c},
		{C.dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni", C.dnnl_nChw16c},
		{C.dnnl_cpu_isa_avx512_core, "avx512_core", C.dnnl_nChw16c},
		{C.dnnl_cpu_isa_avx2_vnni, "avx2_vnni", C.dnnl_nChw8c},
		{C.dnnl_cpu_isa_avx2, "avx2", C.dnnl_nChw8c},
		{C.dnnl_cpu_isa_avx, "avx", C.dnnl_nChw8c},
	} {
		if code&known.code == known.code {
			return known.name, known.block
		}
	}
	return "sse41", C.dnnl_nChw8c
}

func (b *backend) Name() string { return b.name }
func (b *backend) ISA() string  { return b.isa }
func (b *backend) Threads() int { return b.threads }

// failed is the error of a status of the library.
func failed(op, argument string, status C.int) error {
	code := core.EIntern
	if status == C.dnnl_unimplemented {
		code = core.EInval
	}
	return core.Errorf(code, op, argument, "the kernel library says %q", C.GoString(C.jmk_status(status)))
}
