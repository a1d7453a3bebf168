package pictures

import (
	"errors"
	"slices"
	"strings"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// scan finds out what the files of a set claim to be: those that may be pictures
// become its pictures, the others its problems. Then it checks them, if it should.
func (s *Set) scan(files *fileSource) error {
	n := files.count()
	sizes, bad := make([]side, n), make([]error, n)
	if err := par.For(n, 16, func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			sizes[i], bad[i] = files.size(i, s.opt.Size)
		}
		return nil
	}); err != nil {
		return err
	}
	for i, err := range bad {
		if err != nil {
			s.problems = append(s.problems, Problem{files.name(i), reason(err)})
		} else {
			s.rows = append(s.rows, i)
		}
	}
	if err := s.settle(files, sizes); err != nil {
		return err
	}
	pixels := 0
	for _, c := range s.rows {
		pixels += int(sizes[c].h) * int(sizes[c].w)
	}
	s.kept.plan(s, s.opt.Cache)
	if s.opt.Check == CheckAll || s.opt.Check == CheckSome && pixels <= SomePixels {
		return s.check(files, sizes)
	}
	return nil
}

// settle makes the set's numbers follow from its rows; sizes is that of each file.
func (s *Set) settle(files *fileSource, sizes []side) error {
	if len(s.rows) == 0 {
		return s.nothing(files)
	}
	s.n = len(s.rows)
	s.sizes = nil
	if s.opt.Size == 0 {
		first, same := sizes[s.rows[0]], true
		own := make([]side, s.n)
		for i, c := range s.rows {
			own[i] = sizes[c]
			same = same && own[i] == first
		}
		s.h, s.w = int(first.h), int(first.w)
		if !same {
			s.h, s.w, s.sizes = 0, 0, own
		}
	}
	s.name(files)
	return nil
}

// check decodes all files and leaves out those that are broken.
func (s *Set) check(files *fileSource, sizes []side) error {
	bad := make([]error, s.n)
	if err := par.For(s.n, 1, func(i, _ int) error {
		place, err := s.kept.claim(i, true)
		if err != nil {
			return err
		}
		bad[i] = s.try(i, place) // without a place the picture is only looked at
		s.kept.settle(i, place, bad[i] == nil)
		return nil
	}); err != nil {
		return err
	}
	var stays, rows []int
	for i, err := range bad {
		if err != nil {
			s.problems = append(s.problems, Problem{files.name(s.rows[i]), reason(err)})
			continue
		}
		stays, rows = append(stays, i), append(rows, s.rows[i])
	}
	if len(stays) == s.n {
		return nil
	}
	s.rows = rows
	if err := s.settle(files, sizes); err != nil {
		return err
	}
	s.kept.drop(s, stays)
	return nil
}

// reason is what a problem says of an error.
func reason(err error) string {
	var e *core.Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
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
	s.paths, s.labels, s.classes = make([]string, s.n), make([]int64, s.n), nil
	labelled := len(files.classes) > 0
	for i, c := range s.rows {
		f := files.files[c]
		s.paths[i], s.labels[i] = f.path, int64(f.class)
		labelled = labelled && f.class >= 0
	}
	if labelled {
		s.classes = files.classes
	} else {
		s.labels = nil
	}
}

// byPath sorts problems: those of the listing go among those of the reading, and
// those that threads found in any order get one.
func byPath(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return problems
}
