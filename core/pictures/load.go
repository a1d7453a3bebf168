package pictures

import (
	"slices"
	"strings"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// Load reads the next n files of a set that was opened with Deferred and returns
// how many are done, of how many: a host that wants to draw a bar, or to stop,
// calls it in steps. Len, Problems, Labels and Shape are final when done equals
// total. A set without one readable picture is EIO; pictures of several sizes
// without Size are EShape, and the set is of no use then.
func (s *Set) Load(n int) (done, total int, err error) {
	return s.load(n, nil)
}

// load is Load; sink, if not nil, gets each picture in order, and then none is
// kept in memory.
func (s *Set) load(n int, sink func(picture []byte) error) (done, total int, err error) {
	total = s.src.count()
	end := s.next + min(max(n, 0), total-s.next)
	for s.next < end {
		lo := s.next
		hi := min(end, lo+s.step())
		got := make([]core.Batch, hi-lo)
		bad := make([]error, hi-lo)
		room, err := s.room(hi-lo, sink != nil)
		if err != nil {
			return lo, total, err
		}
		if err := par.For(hi-lo, 1, func(i, _ int) error {
			var out []byte
			if room != nil {
				size := len(room) / (hi - lo)
				out = room[i*size : (i+1)*size]
			}
			got[i], bad[i] = s.picture(lo+i, out)
			return nil
		}); err != nil {
			return lo, total, err
		}
		for i, p := range got {
			if bad[i] != nil {
				s.problem(s.src.name(lo+i), bad[i])
				continue
			}
			if err := s.add(lo+i, p, sink); err != nil {
				return lo, total, err
			}
		}
		s.next = hi
	}
	if s.next == total {
		return total, total, s.loaded()
	}
	return s.next, total, nil
}

// step is how many pictures are decoded before they are put away: enough for all
// threads, little enough for memory.
func (s *Set) step() int {
	if s.h == 0 {
		return par.Threads()
	}
	const bytes = 32 << 20
	return min(max(bytes/s.pictureBytes(), par.Threads()), 4096)
}

// room is memory for the next n pictures, nil where their shape is not known
// yet: their place in the cache, if there is one, or memory for all steps.
func (s *Set) room(n int, passing bool) ([]byte, error) {
	if s.h == 0 {
		return nil, nil
	}
	size := s.pictureBytes()
	if s.cache.data == nil && len(s.rows) == 0 && !passing {
		if need := int64(s.src.count()-s.next) * int64(size); need <= s.opt.Cache {
			if err := s.cache.alloc(int(need)); err != nil {
				return nil, err
			}
		}
	}
	if s.cache.data != nil {
		return s.cache.data[len(s.rows)*size:][:n*size], nil
	}
	if len(s.scratch) < n*size {
		s.scratch = make([]byte, n*size)
	}
	return s.scratch[:n*size], nil
}

// add appends a good picture.
func (s *Set) add(candidate int, p core.Batch, sink func([]byte) error) error {
	if s.h == 0 {
		s.h, s.w = p.H, p.W
		s.next = candidate // room counts from here
		if _, err := s.room(1, sink != nil); err != nil {
			return err
		}
	}
	if p.H != s.h || p.W != s.w {
		return core.Errorf(core.EShape, op, "size", "want pictures of one size, or a size to bring them to: %s is %d x %d, %s is %d x %d (width x height)",
			s.src.name(s.rows[0]), s.w, s.h, s.src.name(candidate), p.W, p.H)
	}
	if s.cache.data != nil {
		// In place already, unless a broken file before it left a gap.
		copy(s.cache.data[len(s.rows)*len(p.Data):], p.Data)
	}
	s.rows = append(s.rows, candidate)
	if sink != nil {
		return sink(p.Data)
	}
	return nil
}

// loaded is called when every candidate was read.
func (s *Set) loaded() error {
	s.scratch = nil
	files, ok := s.src.(*fileSource)
	if !ok || s.paths != nil {
		return nil
	}
	if len(s.rows) == 0 {
		return s.nothing(files)
	}
	s.name(files)
	if files.root != "" { // those of the listing among those of the reading
		slices.SortStableFunc(s.problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	}
	return nil
}

// nothing is the error of a set without a picture.
func (s *Set) nothing(files *fileSource) error {
	problems := s.Problems()
	what := files.root
	if what == "" && len(problems) == 1 {
		return core.Errorf(core.EIO, op, problems[0].Path, "want a picture, got none: %s", problems[0].Reason)
	}
	if what == "" {
		what = "source"
	}
	if len(problems) == 0 {
		return core.Errorf(core.EIO, op, what, "want pictures, got none: no file is there that could be one")
	}
	return core.Errorf(core.EIO, op, what, "want pictures, got none: %d files are there and none could be read; the first: %s: %s",
		len(problems), problems[0].Path, problems[0].Reason)
}

// name fills paths and labels. Labels exist when every picture lies in a folder
// of its class.
func (s *Set) name(files *fileSource) {
	labelled := len(files.classes) > 0
	for _, c := range s.rows {
		f := files.files[c]
		s.paths = append(s.paths, f.path)
		s.labels = append(s.labels, int64(f.class))
		labelled = labelled && f.class >= 0
	}
	if labelled {
		s.classes = files.classes
	} else {
		s.labels = nil
	}
}
