package pictures

import (
	"sync"
	"sync/atomic"
)

// kept is decoded pictures in memory: the first ones of a set, as many as fit.
// Each has its place from the start; its bytes come when somebody decodes it.
type kept struct {
	n      int     // pictures that have a place
	one    int     // bytes of each, 0: offset says where they lie
	offset []int64 // n+1 of them
	state  []atomic.Uint32

	once  sync.Once // the block is made at first use
	block block
	err   error
}

// What a place holds.
const (
	empty uint32 = iota
	taken        // somebody decodes into it
	there
)

// plan gives places to the pictures of a set, within limit bytes.
func (k *kept) plan(s *Set, limit int64) {
	*k = kept{}
	if limit <= 0 {
		return
	}
	if s.sizes == nil {
		k.one = s.pictureBytes(0)
		k.n = int(min(int64(s.n), limit/int64(k.one)))
	} else {
		k.offset = make([]int64, 1, s.n+1)
		for k.n < s.n {
			end := k.offset[k.n] + int64(s.pictureBytes(k.n))
			if end > limit {
				break
			}
			k.offset = append(k.offset, end)
			k.n++
		}
	}
	k.state = make([]atomic.Uint32, k.n)
}

func (k *kept) span(i int) (lo, hi int64) {
	if k.offset == nil {
		return int64(i) * int64(k.one), int64(i+1) * int64(k.one)
	}
	return k.offset[i], k.offset[i+1]
}

func (k *kept) place(i int) []byte {
	lo, hi := k.span(i)
	return k.block.data[lo:hi:hi]
}

// find is the bytes of picture i, nil if they are not there.
func (k *kept) find(i int) []byte {
	if i >= k.n || k.state[i].Load() != there {
		return nil
	}
	return k.place(i)
}

// claim is the place of picture i for the caller to fill, which settle ends; nil
// where it has none, must not be kept, or somebody else fills it just now.
func (k *kept) claim(i int, keep bool) ([]byte, error) {
	if !keep || i >= k.n {
		return nil, nil
	}
	k.once.Do(func() {
		_, all := k.span(k.n - 1)
		k.err = k.block.alloc(int(all))
	})
	if k.err != nil {
		return nil, k.err
	}
	if !k.state[i].CompareAndSwap(empty, taken) {
		return nil, nil
	}
	return k.place(i), nil
}

// settle says whether the place that claim gave is filled.
func (k *kept) settle(i int, place []byte, filled bool) {
	switch {
	case place == nil:
	case filled:
		k.state[i].Store(there)
	default:
		k.state[i].Store(empty)
	}
}

// drop takes pictures out: those that stay, in order, move up. Nobody may use
// the pictures meanwhile.
func (k *kept) drop(s *Set, stays []int) {
	old := kept{n: k.n, one: k.one, offset: k.offset, state: k.state, block: k.block}
	k.plan(s, int64(len(old.block.data)))
	k.once.Do(func() { k.block = old.block })
	for to, from := range stays {
		// A place never moves down, so nothing is overwritten that is still wanted.
		if data := old.find(from); data != nil {
			copy(k.place(to), data)
			k.state[to].Store(there)
		}
	}
}

func (k *kept) free() error {
	k.n = 0
	return k.block.free()
}
