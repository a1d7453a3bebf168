package loss

import "sync"

// scratch lends the memory of one call. Calls get it from the call before and
// allocate next to nothing; very large ones leave no memory behind.
type scratch struct {
	f slabs[float32]
	g slabs[float64]
}

// keepBytes is the most that is kept for the next call, of each kind: enough for
// NT-Xent of the 1,280 pairs whose logits are stored. The garbage collector takes it
// when no calls come.
const keepBytes = 24 << 20

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func borrow() *scratch { return scratches.Get().(*scratch) }

// giveBack ends the life of everything borrowed.
func (s *scratch) giveBack() {
	s.f.giveBack(keepBytes / 4)
	s.g.giveBack(keepBytes / 8)
	scratches.Put(s)
}

// floats is n zeros, doubles too; room is n floats of any value.
func (s *scratch) floats(n int) []float32  { return cleared(s.f.take(n)) }
func (s *scratch) doubles(n int) []float64 { return cleared(s.g.take(n)) }
func (s *scratch) room(n int) []float32    { return s.f.take(n) }

func cleared[T any](x []T) []T {
	clear(x)
	return x
}

// slabs are pieces of memory that are used up in order.
type slabs[T any] struct {
	all      [][]T
	at, from int // all[at][from:] is unused, and all behind it
}

// leastSlab keeps small calls from making a slab for each array.
const leastSlab = 1 << 14

// take is n values. Starts are whole cache lines apart.
func (s *slabs[T]) take(n int) []T {
	need := (n + 15) / 16 * 16
	for ; s.at < len(s.all); s.at, s.from = s.at+1, 0 {
		if free := s.all[s.at][s.from:]; need <= len(free) {
			s.from += need
			return free[:n:n]
		}
	}
	slab := make([]T, max(need, leastSlab))
	s.all = append(s.all, slab)
	s.from = need
	return slab[:n:n]
}

// giveBack takes everything back, and forgets it if it is more than most values.
func (s *slabs[T]) giveBack(most int) {
	total := 0
	for _, slab := range s.all {
		total += len(slab)
	}
	if total > most {
		s.all = nil
	}
	s.at, s.from = 0, 0
}
