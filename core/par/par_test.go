package par

import (
	"errors"
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

func TestFirstErrorIsReturned(t *testing.T) {
	want := errors.New("wrong")
	if err := Do(2, 10, 1, func(lo, hi int) error { return want }); err != want {
		t.Fatalf("got %v", err)
	}
}

func TestNegativeThreadsAreRefused(t *testing.T) {
	if SetThreads(-1) == nil {
		t.Fatal("want an error")
	}
}

func TestCores(t *testing.T) {
	for _, c := range []struct {
		quota, period string
		want          int
	}{{"max", "100000", 0}, {"-1", "100000", 0}, {"150000", "100000", 2}, {"50000", "100000", 1}} {
		if got := cores(c.quota, c.period); got != c.want {
			t.Errorf("cores(%q, %q) = %d, want %d", c.quota, c.period, got, c.want)
		}
	}
}
