package par

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// Step is one For of a sequence: Body on pieces of Grain elements that cover 0..N-1.
type Step struct {
	N, Grain int
	Body     func(lo, hi int) error
}

func (s Step) pieces() int {
	if s.N <= 0 {
		return 0
	}
	grain := max(s.Grain, 1)
	return (s.N + grain - 1) / grain
}

func (s Step) run(piece int) error {
	grain := max(s.Grain, 1)
	return guarded(s.Body, piece*grain, min(s.N, (piece+1)*grain))
}

// Steps runs every step as For would, one after the other: each begins when all
// pieces of the one before are done. The goroutines stay for the whole sequence and
// wait awake between steps, for a short while: starting or waking one takes longer
// than many a step. After an error no later piece is begun.
func Steps(steps ...Step) error { return run(Threads(), steps) }

func run(threads int, steps []Step) error {
	most := 0
	for _, s := range steps {
		most = max(most, s.pieces())
	}
	threads = min(threads, most)
	if threads <= 1 {
		for _, s := range steps {
			for p := range s.pieces() {
				if err := s.run(p); err != nil {
					return err
				}
			}
		}
		return nil
	}
	q := &sequence{steps: steps, at: make([]progress, len(steps))}
	q.changed.L = &q.lock
	q.failed.Store(math.MaxInt64)
	for range threads - 1 {
		go q.work()
	}
	// The scheduler keeps the goroutine that was started last for the core that
	// started it, and another core takes it from there only after a pause as long
	// as waking up. The caller's core has work: one that does nothing takes the place.
	go func() {}()
	q.work()
	return q.err
}

// sequence is a run of steps by several goroutines. Whoever has nothing to do in a
// step waits until its pieces are done, not until all goroutines have come: one that
// wakes late, or never, holds nobody up.
type sequence struct {
	steps   []Step
	at      []progress
	failed  atomic.Int64 // the place of the first piece that failed
	lock    sync.Mutex   // for the two below
	changed sync.Cond    // a step is done
	err     error        // of the piece at failed
}

// progress counts the pieces of a step that somebody took, and those that are done.
type progress struct{ taken, done atomic.Int64 }

// work takes pieces in order until all steps are done. Pieces after one that failed
// count as done; those before it have all been taken and run, so which error is the
// first does not depend on timing.
func (q *sequence) work() {
	for i, s := range q.steps {
		at, pieces := &q.at[i], int64(s.pieces())
		for p := at.taken.Add(1) - 1; p < pieces; p = at.taken.Add(1) - 1 {
			if place := int64(i)<<32 + p; place < q.failed.Load() {
				if err := s.run(int(p)); err != nil {
					q.fail(place, err)
				}
			}
			if at.done.Add(1) == pieces {
				q.lock.Lock()
				q.changed.Broadcast()
				q.lock.Unlock()
			}
		}
		q.wait(at, pieces)
	}
}

func (q *sequence) fail(place int64, err error) {
	q.lock.Lock()
	defer q.lock.Unlock()
	if place < q.failed.Load() {
		q.failed.Store(place)
		q.err = err
	}
}

// How often a waiting goroutine looks before it lets others run, and how often it
// does that before it sleeps: some 20 and 100 microseconds.
const looks, yields = 20000, 500

func (q *sequence) wait(at *progress, pieces int64) {
	for range looks {
		if at.done.Load() >= pieces {
			return
		}
	}
	for range yields {
		if at.done.Load() >= pieces {
			return
		}
		runtime.Gosched()
	}
	q.lock.Lock()
	for at.done.Load() < pieces {
		q.changed.Wait()
	}
	q.lock.Unlock()
}
