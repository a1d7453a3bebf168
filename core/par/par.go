// Package par owns the goroutines of the library: everything that runs side by
// side goes through For or Steps. It owns the thread limit too. It does not own the
// threads of the kernel library (core/kernel/onednn).
package par

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/jumelle/jumelle/core"
)

// limit is the number of workers For uses; 0 means "not set: Available()".
// It is the one process-wide setting of the library (jml_set_threads).
var limit atomic.Int64

// MaxThreads is the largest number of threads that anything takes.
const MaxThreads = 4096

// CheckThreads refuses what is no number of threads; op and argument are what the
// error names.
func CheckThreads(op, argument string, n int) error {
	if n < 0 || n > MaxThreads {
		return core.Invalid(op, argument, "want 0 (all) to %d, got %d", MaxThreads, n)
	}
	return nil
}

// SetThreads bounds the workers of later calls. n = 0 returns to Available().
func SetThreads(n int) error {
	if err := CheckThreads("set_threads", "n", n); err != nil {
		return err
	}
	limit.Store(int64(n))
	return nil
}

// Threads is the number of workers that For uses.
func Threads() int {
	if n := limit.Load(); n > 0 {
		return int(n)
	}
	return Available()
}

// For calls body(lo, hi) on pieces that cover 0..n-1 exactly once, on at most
// Threads() goroutines, and returns when all are done. A piece holds at least
// grain elements (the last one may be shorter). Pieces do not depend on the
// thread count, only on n and grain: what body computes for a piece must depend
// on lo and hi alone, and then results are the same for any number of threads.
// The first error, in order of lo, is returned; a panic in body becomes an
// EIntern error.
func For(n, grain int, body func(lo, hi int) error) error {
	return Do(Threads(), n, grain, body)
}

// Do is For with its own number of workers. threads <= 0 means Threads().
func Do(threads, n, grain int, body func(lo, hi int) error) error {
	if threads <= 0 {
		threads = Threads()
	}
	return run(threads, []Step{{n, grain, body}})
}

// guarded is body(lo, hi) with its panic as an error.
func guarded(body func(lo, hi int) error, lo, hi int) (err error) {
	// A mapped file that somebody cuts short faults when it is read: a panic, too.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = &core.Error{Code: core.EIntern, Op: "par", Msg: fmt.Sprintf("panic: %v", r), Err: stack(debug.Stack())}
		}
	}()
	return body(lo, hi)
}

// stack is the trace of a recovered panic. It prints as nothing: the guard of
// the C interface shows it when JUMELLE_DEBUG=1 asks for it.
type stack []byte

func (stack) Error() string   { return "worker" }
func (s stack) Trace() string { return string(s) }
