package rng

import (
	"math"
	"testing"
)

// The known answers of Random123's kat_vectors for philox4x32-10.
func TestPhiloxKnownAnswers(t *testing.T) {
	const f = 0xffffffff
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{f, f, f, f}, [2]uint32{f, f}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := philox(c.counter, c.key); got != c.want {
			t.Errorf("philox(%x, %x) = %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

func TestEveryFieldOfTheKeyMatters(t *testing.T) {
	base := Key{Seed: 1, Epoch: 2, Picture: 3, View: 4, Operation: 5}
	first := func(k Key) uint64 { s := k.Stream(); return s.Uint64() }
	for name, k := range map[string]Key{
		"seed low":  {2, 2, 3, 4, 5},
		"seed high": {1 + 1<<40, 2, 3, 4, 5},
		"epoch":     {1, 3, 3, 4, 5},
		"picture":   {1, 2, 4, 4, 5},
		"view":      {1, 2, 3, 5, 5},
		"operation": {1, 2, 3, 4, 6},
	} {
		if first(k) == first(base) {
			t.Errorf("%s does not change the stream", name)
		}
	}
	if first(base) != first(base) {
		t.Error("the same key gives other numbers")
	}
}

// Mean and variance of 200,000 draws within five standard errors.
func TestMoments(t *testing.T) {
	s := Key{Seed: 7}.Stream()
	const n = 200_000
	check := func(name string, draw func() float64, mean, variance float64) {
		sum, sq := 0.0, 0.0
		for range n {
			x := draw()
			sum += x
			sq += (x - mean) * (x - mean)
		}
		if d := math.Abs(sum/n - mean); d > 5*math.Sqrt(variance/n) {
			t.Errorf("%s: mean %v, want %v", name, sum/n, mean)
		}
		if d := math.Abs(sq/n/variance - 1); d > 0.02 {
			t.Errorf("%s: variance %v, want %v", name, sq/n, variance)
		}
	}
	check("Float64", s.Float64, 0.5, 1.0/12)
	check("Uniform", func() float64 { return s.Uniform(-2, 4) }, 1, 3)
	check("Normal", s.Normal, 0, 1)
	check("Intn", func() float64 { return float64(s.Intn(10)) }, 4.5, 8.25)
}

func TestPermutationHoldsEveryNumberOnce(t *testing.T) {
	s := Key{Seed: 3, Operation: Order}.Stream()
	p := make([]int64, 1000)
	s.Permutation(p)
	seen, fixed := make([]bool, len(p)), 0
	for i, v := range p {
		if seen[v] {
			t.Fatalf("%d twice", v)
		}
		seen[v] = true
		if int(v) == i {
			fixed++
		}
	}
	if fixed > 10 { // 1 expected
		t.Errorf("%d of 1000 in their old place", fixed)
	}
}

func TestSkip(t *testing.T) {
	for _, before := range []int{0, 1, 2, 3, 4, 5} {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 8, 1000, 1<<20 + 3} {
			slow, fast := Key{Seed: 7}.Stream(), Key{Seed: 7}.Stream()
			for range before {
				slow.Uint32()
				fast.Uint32()
			}
			for range n {
				slow.Uint32()
			}
			fast.Skip(n)
			for range 6 {
				if a, b := slow.Uint32(), fast.Uint32(); a != b {
					t.Fatalf("%d numbers later, after %d: want %x, got %x", n, before, a, b)
				}
			}
		}
	}
}
