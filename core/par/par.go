// Package par owns the goroutines of the library: everything that runs side by
// side goes through For. It owns the thread limit too. It does not own the
// threads of the kernel library (core/kernel/onednn).
package par

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/jumelle/jumelle/core"
)

// limit is the number of workers For uses; 0 means "not set: Available()".
// It is the one process-wide setting of the library (jml_set_threads).
var limit atomic.Int64

// SetThreads bounds the workers of later calls. n = 0 returns to Available().
func SetThreads(n int) error {
	if n < 0 {
		return core.Invalid("set_threads", "n", "want 0 (all) or a positive number, got %d", n)
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
	if n <= 0 {
		return nil
	}
	if grain < 1 {
		grain = 1
	}
	if threads <= 0 {
		threads = Threads()
	}
	j := job{n: n, grain: grain, pieces: (n + grain - 1) / grain, body: body}
	threads = min(threads, j.pieces)
	if threads > 1 {
		j.start(threads - 1)
	}
	j.work()
	j.workers.Wait()
	return j.err
}

// job is one call of Do.
type job struct {
	n, grain, pieces int
	body             func(lo, hi int) error
	workers          sync.WaitGroup
	next             atomic.Int64 // the piece that nobody has taken yet
	failed           atomic.Bool
	mu               sync.Mutex // for the two below
	at               int        // the piece that failed
	err              error
}

// start brings n workers beside the caller to life.
func (j *job) start(n int) {
	for range n {
		j.workers.Go(j.work)
	}
	// The scheduler keeps the goroutine that was started last for the core that
	// started it, and another core takes it from there only after a pause as long
	// as waking up. The caller's core has work: one that does nothing takes the place.
	go func() {}()
}

// work takes pieces in order until there are none, or one has failed.
func (j *job) work() {
	p := 0
	// A mapped file that somebody cuts short faults when it is read: a panic, too.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			j.fail(p, &core.Error{Code: core.EIntern, Op: "par", Msg: fmt.Sprintf("panic: %v", r), Err: stack(debug.Stack())})
		}
	}()
	for !j.failed.Load() {
		p = int(j.next.Add(1)) - 1
		if p >= j.pieces {
			return
		}
		if err := j.body(p*j.grain, min(j.n, (p+1)*j.grain)); err != nil {
			j.fail(p, err)
		}
	}
}

// fail keeps the error of the first piece that fails. Pieces before it have all
// been taken and will be finished: which one that is does not depend on timing.
func (j *job) fail(p int, err error) {
	j.failed.Store(true)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil || p < j.at {
		j.at, j.err = p, err
	}
}

// stack is the trace of a recovered panic. It prints as nothing: the guard of
// the C interface shows it when JUMELLE_DEBUG=1 asks for it.
type stack []byte

func (stack) Error() string   { return "worker" }
func (s stack) Trace() string { return string(s) }
