package pictures

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
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
// Of a set opened with Deferred and not loaded yet, each file is decoded once
// and goes to the disk at once: that is how a folder larger than memory is
// packed. Pictures of such a set are not kept in memory.
func Pack(s *Set, path string) error {
	err := npy.Atomic(path, func(f *os.File) error {
		head, err := s.head(s.count())
		if err != nil {
			return err
		}
		if _, err := f.Write(make([]byte, len(head))); err != nil {
			return err
		}
		if err := s.write(f); err != nil {
			return err
		}
		done, err := s.head(s.Len())
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
	doc := document{Kind: documentKind, Format: documentFormat, Pictures: s.Len(), Paths: s.paths, Labels: s.labels, Classes: s.classes, Problems: [][2]string{}}
	for _, p := range s.Problems() {
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

// count is the most pictures that the set can come to have.
func (s *Set) count() int {
	if s.next < s.src.count() {
		return s.src.count()
	}
	return s.Len()
}

// head is the header for n pictures. Its length does not depend on n: with four
// dimensions it is longer than 64 bytes, and with any numbers that occur it is
// shorter than 128.
func (s *Set) head(n int) ([]byte, error) {
	return npy.Header(npy.Uint8, []int{n, max(s.h, 1), max(s.w, 1), s.opt.Channels})
}

// write writes all pictures in order, about 16 MB at a time.
func (s *Set) write(f *os.File) error {
	if s.next < s.src.count() && s.next == 0 {
		_, _, err := s.load(s.src.count(), func(p []byte) error {
			_, err := f.Write(p)
			return err
		})
		return err
	}
	if _, _, err := s.Load(s.src.count()); err != nil {
		return err
	}
	n := s.Len()
	step := min(n, max(1, (16<<20)/s.pictureBytes()))
	buf := make([]byte, step*s.pictureBytes())
	for lo := 0; lo < n; lo += step {
		k := min(step, n-lo)
		b := core.Batch{N: k, H: s.h, W: s.w, C: s.opt.Channels, Data: buf[:k*s.pictureBytes()]}
		indices := make([]int64, k)
		for i := range indices {
			indices[i] = int64(lo + i)
		}
		if err := s.Read(indices, b); err != nil {
			return err
		}
		if _, err := f.Write(b.Data); err != nil {
			return err
		}
	}
	return nil
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
