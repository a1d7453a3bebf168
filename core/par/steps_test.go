package par

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jumelle/jumelle/core"
)

// Every piece of a step sees all pieces of the steps before it done, and each
// runs once, also where the steps have fewer pieces than there are workers.
func TestStepsKeepTheirOrder(t *testing.T) {
	for _, threads := range []int{1, 2, 5} {
		sizes := []int{7, 0, 1, 40, 2, 1, 1, 13, 100}
		done := make([]atomic.Int64, len(sizes))
		steps := make([]Step, len(sizes))
		for s := range steps {
			steps[s] = Step{N: sizes[s], Grain: s % 3, Body: func(lo, hi int) error {
				for before := range s {
					if got := done[before].Load(); got != int64(sizes[before]) {
						t.Errorf("%d threads: step %d begins with %d of %d elements of step %d done", threads, s, got, sizes[before], before)
					}
				}
				done[s].Add(int64(hi - lo))
				return nil
			}}
		}
		for range 50 {
			for s := range done {
				done[s].Store(0)
			}
			if err := run(threads, steps); err != nil {
				t.Fatal(err)
			}
			for s := range done {
				if got := done[s].Load(); got != int64(sizes[s]) {
					t.Fatalf("%d threads: step %d did %d of %d elements", threads, s, got, sizes[s])
				}
			}
		}
	}
}

// A goroutine that waits longer than it stays awake for is woken.
func TestStepsWakeWhoSleeps(t *testing.T) {
	var met sync.WaitGroup
	met.Add(2)
	both := func(int, int) error { met.Done(); met.Wait(); return nil }
	long := func(lo, _ int) error {
		if lo == 0 {
			time.Sleep(20 * time.Millisecond)
		}
		return nil
	}
	// The last step needs two goroutines at once.
	if err := run(2, []Step{{2, 1, long}, {2, 1, both}}); err != nil {
		t.Fatal(err)
	}
}

func TestStepsEndWithTheFirstError(t *testing.T) {
	wrong := errors.New("wrong")
	for _, threads := range []int{1, 3} {
		late := false
		err := run(threads, []Step{
			{10, 1, func(lo, _ int) error {
				if lo == 0 {
					return wrong
				}
				return nil
			}},
			{1, 1, func(int, int) error { late = true; return nil }},
		})
		if err != wrong || late {
			t.Errorf("%d threads: error %v, later step begun: %v", threads, err, late)
		}
		err = run(threads, []Step{{5, 1, func(int, int) error { return nil }}, {5, 1, func(int, int) error { panic("boom") }}})
		var e *core.Error
		if !errors.As(err, &e) || e.Code != core.EIntern {
			t.Errorf("%d threads: want an EIntern error, got %v", threads, err)
		}
	}
}
