package plan

import (
	"cmp"
	"slices"

	"github.com/jumelle/jumelle/core/kernel"
)

// slot is a piece of the arena that one tensor after another lives in, from step
// first to step last. A tensor computed in place shares the slot of its source.
type slot struct {
	offset, bytes int64
	first, last   int
}

// place gives every tensor its slot and returns the size of the arena and the
// largest sum of bytes alive at one step.
func place(steps []*step, given []*form, noReuse bool) (size, floor int64) {
	life := lifetimes(steps)
	var slots []*slot
	own := func(t *form) *slot {
		span := life[t]
		s := &slot{bytes: align(t.bytes), first: span.first, last: span.last}
		if noReuse {
			s.first, s.last = -1, len(steps)
		}
		slots = append(slots, s)
		return s
	}
	for _, t := range given {
		life[t] = span{-1, len(steps)}
		t.slot = own(t)
	}
	for i, s := range steps {
		for _, t := range s.args {
			if t.slot != nil || t.outside != nil || t.bytes == 0 {
				continue
			}
			if from := inPlace(s, t, i, life); from != nil && !noReuse {
				t.slot = from.slot
				t.slot.last = life[t].last
				continue
			}
			t.slot = own(t)
		}
		if s.scratch != nil {
			s.scratch.slot = own(s.scratch)
		}
	}
	floor = live(slots, len(steps))
	return pack(slots, floor), floor
}

type span struct{ first, last int }

// lifetimes says from which step to which each tensor holds something. What the
// host reads lives to after the last step; so does what it sets, and from before
// the first, so that a pass can run again on the same inputs.
func lifetimes(steps []*step) map[*form]span {
	life := map[*form]span{}
	touch := func(t *form, i int) {
		l, ok := life[t]
		if !ok {
			l.first = i
		}
		l.last = i
		if t.value != nil && t.value.kept && t.value.host == t {
			l.last = len(steps)
		}
		life[t] = l
	}
	for i, s := range steps {
		for _, t := range s.args {
			touch(t, i)
		}
		if s.scratch != nil {
			touch(s.scratch, i)
		}
	}
	return life
}

// inPlace is the input of step i whose memory its output t may take: the kernel
// allows it, layouts and sizes agree, and nobody reads the input afterwards. For
// a sum, any input may come first: a dying one does.
func inPlace(s *step, t *form, i int, life map[*form]span) *form {
	source, target := -1, 1
	switch s.op.(type) {
	case kernel.ReLU:
		source = 0
	case kernel.ReLUBackward:
		source, target = 1, 2
	case kernel.BatchNormForward:
		source, target = 0, 3
	case kernel.BatchNormInference:
		source, target = 0, 5
	case kernel.BatchNormBackward:
		source, target = 4, 6
	case kernel.Sum:
		target = len(s.args) - 1
		for j, in := range s.args[:target] {
			if fits(in, t, i, life) {
				s.args[0], s.args[j] = s.args[j], s.args[0]
				source = 0
				break
			}
		}
	}
	if source < 0 || s.args[target] != t || !fits(s.args[source], t, i, life) {
		return nil
	}
	from := s.args[source]
	for j, other := range s.args[:target] {
		if j != source && other == from {
			return nil // read twice: the second reading would find the output
		}
	}
	return from
}

func fits(in, out *form, i int, life map[*form]span) bool {
	return in.slot != nil && in.layout == out.layout && in.bytes == out.bytes && life[in].last == i
}

// pack gives offsets to slots and returns the size of the arena. Finding the
// least is hard in general. This begins with the large ones; then, as often as
// it may, the slot that sticks out highest is placed before all others.
func pack(slots []*slot, floor int64) int64 {
	const tries = 200
	order := slices.SortedStableFunc(slices.Values(slots), func(a, b *slot) int { return cmp.Compare(b.bytes, a.bytes) })
	best := slices.Clone(order)
	least, top := packBy(order)
	for range tries {
		if least <= floor+floor/256 {
			break
		}
		high := order[top]
		copy(order[1:top+1], order[:top])
		order[0] = high
		var size int64
		if size, top = packBy(order); size < least {
			least, best = size, slices.Clone(order)
		}
	}
	size, _ := packBy(best)
	return size
}

// packBy places slots one after the other, each at the lowest place where no slot
// alive at the same time lies. It returns the end and who is there.
func packBy(order []*slot) (end int64, top int) {
	placed := make([]*slot, 0, len(order)) // by offset
	for number, s := range order {
		at := int64(0)
		for _, o := range placed {
			if o.first > s.last || s.first > o.last {
				continue
			}
			if o.offset >= at+s.bytes {
				break
			}
			at = max(at, o.offset+o.bytes)
		}
		s.offset = at
		i, _ := slices.BinarySearchFunc(placed, at, func(o *slot, at int64) int { return cmp.Compare(o.offset, at) })
		placed = slices.Insert(placed, i, s)
		if at+s.bytes > end {
			end, top = at+s.bytes, number
		}
	}
	return end, top
}

// live is the largest sum of slots alive at one of n steps.
func live(slots []*slot, n int) int64 {
	change := make([]int64, n+3)
	for _, s := range slots {
		change[s.first+1] += s.bytes
		change[s.last+2] -= s.bytes
	}
	var now, most int64
	for _, c := range change {
		now += c
		most = max(most, now)
	}
	return most
}

func align(n int64) int64 {
	return (n + kernel.Alignment - 1) / kernel.Alignment * kernel.Alignment
}
