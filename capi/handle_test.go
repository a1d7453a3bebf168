package main

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jumelle/jumelle/core"
)

func newTable() *table { return &table{live: map[uintptr]*entry{}} }

func wantCode(t *testing.T, err error, want core.Code) {
	t.Helper()
	var e *core.Error
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("got %v, want code %d", err, want)
	}
}

func TestHandlesAreNeverUsedTwice(t *testing.T) {
	tab, seen := newTable(), map[uintptr]bool{}
	for range 1000 {
		h := tab.add(kindPipeline, nil, func() {})
		if seen[h] {
			t.Fatalf("%#x came again", h)
		}
		seen[h] = true
		tab.free(kindPipeline, h)
		_, err := tab.enter("op", kindPipeline, h)
		wantCode(t, err, core.EHandle)
	}
}

func TestAHandleFreedInACallGoesWhenTheCallReturns(t *testing.T) {
	tab, closed := newTable(), 0
	h := tab.add(kindTrainer, "value", func() { closed++ })
	e, err := tab.enter("op", kindTrainer, h)
	if err != nil {
		t.Fatal(err)
	}
	tab.free(kindTrainer, h)
	tab.free(kindTrainer, h)
	if closed != 0 || len(tab.live) != 1 {
		t.Error("closed under the feet of the call")
	}
	_, err = tab.enter("op", kindTrainer, h)
	wantCode(t, err, core.EHandle)
	tab.leave(h, e, "")
	if closed != 1 || len(tab.live) != 0 {
		t.Errorf("closed %d times, %d left", closed, len(tab.live))
	}
}

func TestABrokenHandleCanOnlyBeFreed(t *testing.T) {
	tab, closed := newTable(), 0
	h := tab.add(kindTrainer, "value", func() { closed++ })
	e, err := tab.enter("op", kindTrainer, h)
	if err != nil {
		t.Fatal(err)
	}
	tab.leave(h, e, "op panicked")
	_, err = tab.enter("op", kindTrainer, h)
	wantCode(t, err, core.EIntern)
	tab.free(kindTrainer, h)
	if closed != 1 {
		t.Errorf("closed %d times", closed)
	}
}

// TestManyThreads is for the race detector: calls with one handle from everywhere,
// never two inside, and a free among them.
func TestManyThreads(t *testing.T) {
	tab := newTable()
	var inside, calls, closed atomic.Int32
	h := tab.add(kindPipeline, nil, func() { closed.Add(1) })
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				if worker == 0 && i == 1000 {
					tab.free(kindPipeline, h)
				}
				e, err := tab.enter("op", kindPipeline, h)
				if err != nil {
					continue
				}
				if inside.Add(1) != 1 {
					t.Error("two calls inside")
				}
				calls.Add(1)
				inside.Add(-1)
				tab.leave(h, e, "")
			}
		})
	}
	wg.Wait()
	if calls.Load() == 0 || closed.Load() != 1 || len(tab.live) != 0 {
		t.Errorf("%d calls, closed %d times, %d left", calls.Load(), closed.Load(), len(tab.live))
	}
}
