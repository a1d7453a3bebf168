package methods

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/ckpt"
	"github.com/jumelle/jumelle/core/npy"
	"github.com/jumelle/jumelle/core/rng"
	"github.com/jumelle/jumelle/methods/loss"
)

// queue is MoCo's ring of keys, rows of length 1: the newest take the place of the
// oldest. It begins with random directions.
type queue struct {
	keys    []float32 // (size, d)
	size, d int
	next    []int64 // one number: where the next key goes
}

func newQueue(size, d int, seed uint64) (*queue, error) {
	q := &queue{keys: make([]float32, size*d), size: size, d: d, next: make([]int64, 1)}
	s := rng.Key{Seed: seed, Operation: rng.Keys}.Stream()
	for i := range q.keys {
		q.keys[i] = float32(s.Normal())
	}
	return q, loss.Normalize("queue", "keys", q.keys, size, d, q.keys, make([]float64, size))
}

// push puts keys (n, d), at most size of them, in the place of the oldest.
func (q *queue) push(keys []float32) {
	at := int(q.next[0])
	n := copy(q.keys[at*q.d:], keys)
	copy(q.keys, keys[n:])
	q.next[0] = int64((at + len(keys)/q.d) % q.size)
}

func (q *queue) state() []ckpt.Named {
	return []ckpt.Named{
		{Name: "queue", Array: npy.FromFloat32(q.keys, q.size, q.d)},
		{Name: "queue_next", Array: npy.FromInt64(q.next)},
	}
}

// check looks at what was loaded.
func (q *queue) check() error {
	if q.next[0] < 0 || q.next[0] >= int64(q.size) {
		return core.Errorf(core.ENpy, "load", "queue_next", "want 0 to %d, got %d", q.size-1, q.next[0])
	}
	return nil
}
