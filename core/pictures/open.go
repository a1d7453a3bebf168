package pictures

import (
	"errors"
	"os"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
)

// Open makes a set of what lies at path: a folder of picture files, where
// sub-folders are classes; a .npy file, |u1 (n, h, w, c) or (n, h, w), which is
// mapped and not read; or one picture file. Content decides, not the name.
//
// A path that is not there or holds no readable picture is EIO; single files
// that cannot be read are problems of the set (see Set).
func Open(path string, opt Options) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, ioError(path, err)
	}
	if !info.IsDir() {
		if info.Mode().IsRegular() && isNPY(path) {
			return openNPY(path, opt)
		}
		return OpenFiles([]string{path}, opt)
	}
	files, problems, err := listFolder(path)
	if err != nil {
		return nil, err
	}
	return openFiles(files, problems, opt)
}

// OpenFiles makes a set of picture files, in this order. There are no labels.
func OpenFiles(paths []string, opt Options) (*Set, error) {
	if len(paths) == 0 {
		return nil, core.Invalid(op, "source", "want at least one path, got none")
	}
	files := &fileSource{}
	for _, p := range paths {
		files.files = append(files.files, candidate{p, -1})
	}
	return openFiles(files, nil, opt)
}

func openFiles(files *fileSource, problems []Problem, opt Options) (*Set, error) {
	s, err := newSet(files, opt)
	if err != nil {
		return nil, err
	}
	s.problems = problems
	if len(files.files) == 0 {
		return nil, s.nothing(files)
	}
	if err := s.scan(files); err != nil {
		s.Close()
		return nil, err
	}
	if files.root != "" {
		byPath(s.problems)
	}
	return s, nil
}

func isNPY(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 6)
	n, _ := f.Read(magic)
	return string(magic[:n]) == "\x93NUMPY"
}

// openNPY maps a .npy file and reads what Pack wrote beside it, if it did.
func openNPY(path string, opt Options) (*Set, error) {
	f, err := npy.Open(path)
	if err != nil {
		return nil, named(err)
	}
	s, err := mapped(f, opt)
	if err != nil {
		f.Close() // again, where the set had it: that does nothing
		return nil, err
	}
	return s, nil
}

func mapped(f *npy.File, opt Options) (*Set, error) {
	data, err := f.Array.Uint8s()
	if err != nil {
		return nil, named(err)
	}
	shape := f.Array.Shape
	if len(shape) == 3 {
		shape = append(shape[:3:3], 1)
	}
	if len(shape) != 4 {
		return nil, core.Errorf(core.EShape, op, f.Path(), "want pictures of shape (n, h, w, c) or (n, h, w), got %s", npy.FormatShape(shape))
	}
	b := core.Batch{N: shape[0], H: shape[1], W: shape[2], C: shape[3], Data: data}
	if err := b.Check(op, f.Path()); err != nil {
		return nil, err
	}
	s, err := newSet(arraySource{batch: b, file: f}, opt)
	if err != nil {
		return nil, err
	}
	s.file = f
	if err := s.sidecar(f.Path(), b.N); err != nil {
		return nil, err
	}
	s.setArray(b)
	return s, nil
}

// named gives an error of core/npy this package's name.
func named(err error) error {
	var ce *core.Error
	if !errors.As(err, &ce) {
		return err
	}
	e := *ce
	e.Op = op
	return &e
}
