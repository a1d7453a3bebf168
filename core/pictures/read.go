package pictures

import (
	"errors"
	"fmt"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// Read fills out with the pictures that indices name, in their order; nil means
// all. They must have one size, that of out. Pictures are read side by side
// (par.For) and independently of each other. A file that is broken is a problem
// and its picture black; a file system that fails is EIO, and out is undefined.
func (s *Set) Read(indices []int64, out core.Batch) error {
	n := len(indices)
	if indices == nil {
		n = s.n
	}
	if err := out.Check(op, "out"); err != nil {
		return err
	}
	if err := s.checkIndices(indices); err != nil {
		return err
	}
	h, w := out.H, out.W
	if n > 0 {
		h, w = s.Size(nth(indices, 0))
	}
	if out.N != n || out.H != h || out.W != w || out.C != s.opt.Channels {
		return core.Errorf(core.EShape, op, "out", "want shape (%d, %d, %d, %d), got (%d, %d, %d, %d)", n, h, w, s.opt.Channels, out.N, out.H, out.W, out.C)
	}
	for k := 1; k < n && s.sizes != nil; k++ {
		if i := nth(indices, k); s.sizes[i] != (side{uint16(h), uint16(w)}) {
			return s.differ(nth(indices, 0), i)
		}
	}
	// Copies are cheap: a piece should be worth a hand-over (about 256 KB).
	grain := 1
	if s.whole.Data != nil {
		grain = max(1, (256<<10)/(h*w*s.opt.Channels))
	}
	return par.For(n, grain, func(lo, hi int) error {
		for k := lo; k < hi; k++ {
			place := out.Picture(k)
			data, err := s.get(nth(indices, k), place, true)
			if err != nil {
				return err
			}
			if &data[0] != &place[0] {
				copy(place, data)
			}
		}
		return nil
	})
}

// Use calls fn with picture i, (1, h, w, c). Its bytes are valid during fn alone
// and must not be changed. What goes wrong is as for Read.
func (s *Set) Use(i int, fn func(core.Batch) error) error {
	h, w := s.Size(i)
	size := h * w * s.opt.Channels
	scratch, _ := s.scratch.Get().(*[]byte)
	if scratch == nil {
		scratch = new([]byte)
	}
	defer s.scratch.Put(scratch)
	if cap(*scratch) < size {
		*scratch = make([]byte, size)
	}
	data, err := s.get(i, (*scratch)[:size], true)
	if err != nil {
		return err
	}
	return fn(core.Batch{N: 1, H: h, W: w, C: s.opt.Channels, Data: data})
}

func nth(indices []int64, k int) int {
	if indices == nil {
		return k
	}
	return int(indices[k])
}

func (s *Set) checkIndices(indices []int64) error {
	for k, i := range indices {
		if i < 0 || i >= int64(s.n) {
			return core.Invalid(op, "indices", "want 0 to %d, got %d at place %d", s.n-1, i, k)
		}
	}
	return nil
}

// differ is the error of pictures i and j, which cannot lie in one array.
func (s *Set) differ(i, j int) error {
	h, w := s.Size(i)
	h2, w2 := s.Size(j)
	return core.Errorf(core.EShape, op, "size", "want pictures of one size, or a size to bring them to: %s is %d x %d, %s is %d x %d (width x height)",
		s.src.name(s.candidate(i)), w, h, s.src.name(s.candidate(j)), w2, h2)
}

// get is the bytes of picture i: where they are in memory, or in out, which has
// their length. keep says whether a decoded picture may stay.
func (s *Set) get(i int, out []byte, keep bool) ([]byte, error) {
	switch {
	case s.whole.Data == nil:
	case s.file != nil:
		return out, s.file.Copy(out, i*len(out))
	default:
		return s.whole.Picture(i), nil
	}
	if place := s.kept.find(i); place != nil {
		return place, nil
	}
	place, err := s.kept.claim(i, keep)
	if err != nil {
		return nil, err
	}
	if place != nil {
		out = place
	}
	err = s.decode(i, out)
	s.kept.settle(i, place, err == nil)
	return out, err
}

// decode fills out with picture i, with black if it is broken.
func (s *Set) decode(i int, out []byte) error {
	err := s.try(i, out)
	if err == nil {
		return nil
	}
	var e *core.Error
	if errors.As(err, &e) && e.Code == core.EIO {
		return &core.Error{Code: core.EIO, Op: op, Argument: s.src.name(s.candidate(i)), Err: err}
	}
	s.problem(i, err)
	clear(out)
	return nil
}

// try decodes picture i into out. EIO is the file system's error, any other that
// of a broken file.
func (s *Set) try(i int, out []byte) (err error) {
	// A decoder that panics on a broken file must not take the other files along.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the decoder failed: %v", r)
		}
	}()
	r, release, err := s.src.raster(s.candidate(i), s.budget)
	if err != nil {
		return err
	}
	defer release()
	p, err := r.fit(s.opt.Size, s.opt.Channels, out)
	if err != nil {
		return err
	}
	if h, w := s.Size(i); p.H != h || p.W != w {
		return fmt.Errorf("the picture was %d x %d when it was opened and is now %d x %d (width x height)", w, h, p.W, p.H)
	}
	return nil
}
