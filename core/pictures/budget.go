package pictures

import "sync"

// decodeBudget bounds the memory of pictures that are being decoded, in bytes. A
// folder of small photos never meets it; of big ones, fewer are decoded at once.
const decodeBudget = 384 << 20

// budget is a counting lock: takers wait until there is enough. Who asks for
// more than there is gets everything, alone.
type budget struct {
	mu          sync.Mutex
	freed       sync.Cond
	free, total int64
}

func newBudget(total int64) *budget {
	b := &budget{free: total, total: total}
	b.freed.L = &b.mu
	return b
}

// take waits for n and returns what gives it back.
func (b *budget) take(n int64) (release func()) {
	n = min(n, b.total)
	b.mu.Lock()
	for b.free < n {
		b.freed.Wait()
	}
	b.free -= n
	b.mu.Unlock()
	return func() {
		b.mu.Lock()
		b.free += n
		b.mu.Unlock()
		b.freed.Broadcast()
	}
}
