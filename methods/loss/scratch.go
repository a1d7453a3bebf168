package loss

import "sync"

// scratch lends the memory of one call. Small calls get it from the call before
// and allocate next to nothing; large ones allocate as they go and leave no
// memory behind.
type scratch struct {
	f     []float32
	g     []float64
	usedF int // also what did not fit
	usedG int
}

// scratchFloats is the most that is kept for the next call: 1 MiB of float32.
const scratchFloats = 1 << 18

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func borrow() *scratch { return scratches.Get().(*scratch) }

// giveBack ends the life of everything borrowed.
func (s *scratch) giveBack() {
	if s.usedF > len(s.f) && s.usedF <= scratchFloats {
		s.f = make([]float32, s.usedF)
	}
	if s.usedG > len(s.g) && s.usedG <= scratchFloats/2 {
		s.g = make([]float64, s.usedG)
	}
	s.usedF, s.usedG = 0, 0
	scratches.Put(s)
}

// floats is n zeros. Starts are whole cache lines apart.
func (s *scratch) floats(n int) []float32 {
	from := s.usedF
	s.usedF += (n + 15) / 16 * 16
	if s.usedF > len(s.f) {
		return make([]float32, n)
	}
	x := s.f[from : from+n : from+n]
	clear(x)
	return x
}

// doubles is n zeros.
func (s *scratch) doubles(n int) []float64 {
	from := s.usedG
	s.usedG += (n + 7) / 8 * 8
	if s.usedG > len(s.g) {
		return make([]float64, n)
	}
	x := s.g[from : from+n : from+n]
	clear(x)
	return x
}
