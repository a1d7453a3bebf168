package pictures

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
	"github.com/jumelle/jumelle/core/par"
)

// document is the file beside a packed .npy, its path with ".json" appended.
type document struct {
	Kind     string      `json:"kind"`
	Format   int         `json:"format"`
	Pictures int         `json:"pictures"`
	Paths    []string    `json:"paths"`
	Labels   []int64     `json:"labels"`
	Classes  []string    `json:"classes"`
	Problems [][2]string `json:"problems"`
}

const (
	documentKind   = "jumelle pictures"
	documentFormat = 1
)

// Pack writes the pictures to path as a .npy file, |u1 (n, h, w, c), and their
// paths, labels, classes and problems to path + ".json". Open(path) then maps
// them: nothing is decoded again. Both files are written whole or not at all.
//
// A file is decoded once and its picture goes to the disk at once: a folder may be
// larger than memory. Files that turn out to be broken are left out. Pictures must
// have one size.
func Pack(s *Set, path string) error {
	if s.sizes != nil {
		other := 1
		for s.sizes[other] == s.sizes[0] {
			other++
		}
		return s.differ(0, other)
	}
	var stays []int
	err := npy.Atomic(path, func(f *os.File) error {
		head, err := s.head(s.n)
		if err != nil {
			return err
		}
		if _, err := f.Write(make([]byte, len(head))); err != nil {
			return err
		}
		if stays, err = s.write(f); err != nil {
			return err
		}
		done, err := s.head(len(stays))
		if err != nil {
			return err
		}
		if len(done) != len(head) {
			return core.Errorf(core.EIntern, "pack", path, "the header grew from %d to %d bytes", len(head), len(done))
		}
		if _, err := f.WriteAt(done, 0); err != nil {
			return err
		}
		// The document of an older pack must not describe the new file.
		if err := os.Remove(path + ".json"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
	if err != nil {
		return packError(err)
	}
	doc := document{Kind: documentKind, Format: documentFormat, Pictures: len(stays), Paths: chosen(s.paths, stays), Labels: chosen(s.labels, stays), Classes: s.classes, Problems: [][2]string{}}
	for _, p := range byPath(slices.Clone(s.Problems())) {
		doc.Problems = append(doc.Problems, [2]string{p.Path, p.Reason})
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return core.Errorf(core.EIntern, "pack", path, "%v", err)
	}
	return packError(npy.Atomic(path+".json", func(f *os.File) error {
		_, err := f.Write(append(text, '\n'))
		return err
	}))
}

// chosen is some of a list's entries, nil of none.
func chosen[T any](all []T, which []int) []T {
	if all == nil {
		return nil
	}
	some := make([]T, len(which))
	for k, i := range which {
		some[k] = all[i]
	}
	return some
}

// head is the header for n pictures. Its length does not depend on n: with four
// dimensions it is longer than 64 bytes, and with any numbers that occur it is
// shorter than 128.
func (s *Set) head(n int) ([]byte, error) {
	return npy.Header(npy.Uint8, []int{n, s.h, s.w, s.opt.Channels})
}

// write writes all pictures that can be read, in order, about 16 MB at a time,
// and says which they were.
func (s *Set) write(f *os.File) (stays []int, err error) {
	size := s.pictureBytes(0)
	step := min(s.n, max(par.Threads(), (16<<20)/size))
	buf := make([]byte, step*size)
	data := make([][]byte, step)
	for lo := 0; lo < s.n; lo += step {
		if err := par.For(min(step, s.n-lo), 1, func(k, _ int) (err error) {
			data[k], err = s.get(lo+k, buf[k*size:(k+1)*size], false)
			return err
		}); err != nil {
			return nil, err
		}
		for k := range min(step, s.n-lo) {
			if s.isBroken(lo + k) {
				continue
			}
			if _, err := f.Write(data[k]); err != nil {
				return nil, err
			}
			stays = append(stays, lo+k)
		}
	}
	if len(stays) == 0 {
		return nil, core.Errorf(core.EIO, "pack", "source", "want pictures, got none: all %d files are broken", s.n)
	}
	return stays, nil
}

func (s *Set) isBroken(i int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken[i]
}

// packError names the user's function where core/npy was at fault.
func packError(err error) error {
	var ce *core.Error
	if errors.As(err, &ce) && ce.Op == "write" {
		e := *ce
		e.Op = "pack"
		return &e
	}
	return err
}

// sidecar reads what Pack wrote beside path. A file of that name that is
// something else is left alone; one that speaks of another number of pictures
// would give wrong labels, and is an error.
func (s *Set) sidecar(path string, n int) error {
	text, err := os.ReadFile(path + ".json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return ioError(path+".json", err)
	}
	var doc document
	if json.Unmarshal(text, &doc) != nil || doc.Kind != documentKind {
		return nil
	}
	bad := func(format string, args ...any) error {
		return core.Errorf(core.ENpy, op, path+".json", format, args...)
	}
	if doc.Format != documentFormat {
		return bad("want format %d, got %d: another version of the library wrote it", documentFormat, doc.Format)
	}
	if doc.Pictures != n || doc.Paths != nil && len(doc.Paths) != n || doc.Labels != nil && len(doc.Labels) != n {
		return bad("want the document of %d pictures, got one of %d: it belongs to another .npy file", n, doc.Pictures)
	}
	for i, l := range doc.Labels {
		if l < 0 || l >= int64(len(doc.Classes)) {
			return bad("want labels 0 to %d, got %d for picture %d", len(doc.Classes)-1, l, i)
		}
	}
	s.paths, s.labels, s.classes = doc.Paths, doc.Labels, doc.Classes
	for _, p := range doc.Problems {
		s.problems = append(s.problems, Problem{p[0], p[1]})
	}
	return nil
}
