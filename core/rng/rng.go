// Package rng owns the library's random numbers: counter-based, keyed, without
// state that would have to be saved, locked or passed along. Two streams with
// different keys are independent; the same key always gives the same numbers,
// on any machine and in any order of calls.
//
// The generator is Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers:
// as easy as 1, 2, 3").
package rng

import "math"

// Key says what a random number is for. Its fields are the ones that a result
// may depend on (interface.md: seed, epoch, picture index, view, operation).
type Key struct {
	Seed      uint64
	Epoch     uint32
	Picture   uint32
	View      uint16
	Operation uint16
}

// Stream returns the numbers of this key, from the first.
func (k Key) Stream() Stream {
	return Stream{
		key:     [2]uint32{uint32(k.Seed), uint32(k.Seed >> 32)},
		counter: [4]uint32{0, uint32(k.View)<<16 | uint32(k.Operation), k.Picture, k.Epoch},
		used:    4,
	}
}

// Purposes that are not operations of a pipeline take operation numbers from the
// top, so that they never meet a pipeline's (which count from 0).
const (
	Order  uint16 = 0xFFFF // the order of the pictures in an epoch
	Weight uint16 = 0xFFFE // initial weights; Picture is the parameter's number
	Data   uint16 = 0xFFFD // made-up data, noise
	Keys   uint16 = 0xFFFC // the first keys of a queue, and the order in which keys are made; Epoch is the step
)

// Stream is a sequence of random numbers. It is a value: copies go on from the
// same place. It is not safe for use by two goroutines at once.
type Stream struct {
	key     [2]uint32
	counter [4]uint32
	block   [4]uint32
	used    int
}

// Uint32 returns 32 random bits.
func (s *Stream) Uint32() uint32 {
	if s.used == 4 {
		s.block = philox(s.counter, s.key)
		s.counter[0]++ // 2^32 blocks a key: 17 thousand million numbers
		s.used = 0
	}
	v := s.block[s.used]
	s.used++
	return v
}

// Skip passes over the next n numbers of Uint32, in no time.
func (s *Stream) Skip(n int) {
	for ; n > 0 && s.used < len(s.block); n-- {
		s.used++
	}
	s.counter[0] += uint32(n / len(s.block))
	for range n % len(s.block) {
		s.Uint32()
	}
}

// Uint64 returns 64 random bits.
func (s *Stream) Uint64() uint64 {
	hi := uint64(s.Uint32())
	return hi<<32 | uint64(s.Uint32())
}

// Float64 is uniform over [0, 1), in steps of 2^-53.
func (s *Stream) Float64() float64 { return float64(s.Uint64()>>11) * 0x1p-53 }

// Uniform is uniform over [lo, hi).
func (s *Stream) Uniform(lo, hi float64) float64 { return lo + float64((hi-lo)*s.Float64()) }

// Chance is true with probability p. It always uses one number, so that what
// follows does not depend on p.
func (s *Stream) Chance(p float64) bool { return s.Float64() < p }

// Intn is uniform over 0..n-1 (Lemire's method, without bias). n must be positive.
func (s *Stream) Intn(n int) int {
	bound := uint32(n)
	m := uint64(s.Uint32()) * uint64(bound)
	if low := uint32(m); low < bound {
		threshold := -bound % bound
		for uint32(m) < threshold {
			m = uint64(s.Uint32()) * uint64(bound)
		}
	}
	return int(m >> 32)
}

// Normal has mean 0 and deviation 1 (Box-Muller; two uniform numbers a call).
func (s *Stream) Normal() float64 {
	u := 1 - s.Float64() // (0, 1]: the logarithm is finite
	v := s.Float64()
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}

// Permutation fills p with a random order of 0..len(p)-1 (Fisher-Yates).
func (s *Stream) Permutation(p []int64) {
	for i := range p {
		p[i] = int64(i)
	}
	for i := len(p) - 1; i > 0; i-- {
		j := s.Intn(i + 1)
		p[i], p[j] = p[j], p[i]
	}
}

func philox(c [4]uint32, k [2]uint32) [4]uint32 {
	for range 10 {
		hi0, lo0 := mul(0xD2511F53, c[0])
		hi1, lo1 := mul(0xCD9E8D57, c[2])
		c = [4]uint32{hi1 ^ c[1] ^ k[0], lo1, hi0 ^ c[3] ^ k[1], lo0}
		k[0] += 0x9E3779B9
		k[1] += 0xBB67AE85
	}
	return c
}

func mul(a, b uint32) (hi, lo uint32) {
	p := uint64(a) * uint64(b)
	return uint32(p >> 32), uint32(p)
}
