package par

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/jumelle/jumelle/core"
)

func TestForCoversEveryElementOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 16} {
		for _, n := range []int{0, 1, 7, 100} {
			for _, grain := range []int{0, 1, 3, 1000} {
				seen := make([]atomic.Int32, n)
				err := Do(threads, n, grain, func(lo, hi int) error {
					for i := lo; i < hi; i++ {
						seen[i].Add(1)
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				for i := range seen {
					if seen[i].Load() != 1 {
						t.Fatalf("threads %d, n %d, grain %d: element %d seen %d times", threads, n, grain, i, seen[i].Load())
					}
				}
			}
		}
	}
}

func TestPanicInAWorkerBecomesAnError(t *testing.T) {
	for _, threads := range []int{1, 4} {
		err := Do(threads, 64, 1, func(lo, hi int) error {
			if lo == 40 {
				panic("boom")
			}
			return nil
		})
		var e *core.Error
		if !errors.As(err, &e) || e.Code != core.EIntern {
			t.Fatalf("threads %d: want an EIntern error, got %v", threads, err)
		}
	}
}

// Whichever worker fails first, the error is that of the first piece that fails.
func TestErrorDoesNotDependOnTheThreads(t *testing.T) {
	for _, threads := range []int{1, 2, 8} {
		for range 200 {
			err := Do(threads, 100, 2, func(lo, hi int) error {
				if lo < 6 {
					return nil
				}
				return fmt.Errorf("piece from %d", lo)
			})
			if err == nil || err.Error() != "piece from 6" {
				t.Fatalf("%d threads: got %v", threads, err)
			}
		}
	}
}

func TestMemoryOfACallDoesNotGrow(t *testing.T) {
	// The least of some rounds: where goroutines end late, the runtime makes new ones.
	bytes := func(n int) uint64 {
		least := uint64(math.MaxUint64)
		for range 10 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range 20 {
				_ = Do(2, n, 1, func(int, int) error { return nil })
			}
			runtime.ReadMemStats(&after)
			least = min(least, (after.TotalAlloc-before.TotalAlloc)/20)
		}
		return least
	}
	if few, many := bytes(4), bytes(4000); many > few+256 {
		t.Fatalf("%d bytes for 4 pieces, %d for 4000", few, many)
	}
}

func TestThreadsThatAreRefused(t *testing.T) {
	for n, says := range map[int]string{
		-1:             "set_threads: n: want 0 (all) to 4096, got -1",
		MaxThreads + 1: "set_threads: n: want 0 (all) to 4096, got 4097",
		math.MinInt:    "set_threads: n: want 0 (all) to 4096, got -9223372036854775808",
		math.MaxInt:    "set_threads: n: want 0 (all) to 4096, got 9223372036854775807",
	} {
		before := Threads()
		if err := SetThreads(n); err == nil || err.Error() != says {
			t.Errorf("want %q, got %v", says, err)
		}
		if Threads() != before {
			t.Errorf("after a refused number %d threads, %d before", Threads(), before)
		}
	}
}

func TestSetThreads(t *testing.T) {
	defer func() { _ = SetThreads(0) }()
	for _, n := range []int{1, 2, 3, MaxThreads} {
		if err := SetThreads(n); err != nil || Threads() != n {
			t.Errorf("SetThreads(%d): %v, and then %d threads", n, err, Threads())
		}
	}
	if err := SetThreads(0); err != nil || Threads() != Available() {
		t.Errorf("SetThreads(0): %v, and then %d threads of %d", err, Threads(), Available())
	}
}
