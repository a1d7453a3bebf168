package pictures

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jumelle/jumelle/core"
)

// candidate is a file that may hold a picture.
type candidate struct {
	path  string
	class int // of the sub-folder of the root in which it lies, -1 at the root
}

// fileSource is pictures in files of their own.
type fileSource struct {
	root    string // the folder, or "" for a list
	files   []candidate
	classes []string
}

func (f *fileSource) count() int        { return len(f.files) }
func (f *fileSource) name(i int) string { return f.files[i].path }

// listFolder finds the files of a folder, at any depth, folder by folder in the
// order of their names' bytes. The sub-folders of the root are the classes, also
// those without a picture. Hidden files and what desktops leave behind are
// passed over. Symbolic links are followed, but never in a circle.
func listFolder(root string) (*fileSource, []Problem, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, nil, ioError(root, err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, nil, ioError(root, err)
	}
	w := walker{src: &fileSource{root: root}}
	w.walk(root, entries, -1, []fs.FileInfo{info})
	return w.src, w.problems, nil
}

type walker struct {
	src      *fileSource
	problems []Problem
}

func (w *walker) walk(dir string, entries []os.DirEntry, class int, above []fs.FileInfo) {
	for _, e := range entries {
		if isLitter(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		switch {
		case err != nil:
			w.problem(path, cause(err).Error())
		case info.Mode().IsRegular():
			w.src.files = append(w.src.files, candidate{path, class})
		case !info.IsDir():
			// Opening a pipe would wait for a writer that never comes.
			w.problem(path, fmt.Sprintf("a special file (%s)", info.Mode().Type()))
		default:
			w.folder(path, e.Name(), info, class, above)
		}
	}
}

func (w *walker) folder(path, name string, info fs.FileInfo, class int, above []fs.FileInfo) {
	for _, a := range above {
		if os.SameFile(a, info) {
			w.problem(path, "a link back to a folder that it lies in")
			return
		}
	}
	if len(above) == 1 {
		class = len(w.src.classes)
		w.src.classes = append(w.src.classes, name)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		w.problem(path, cause(err).Error())
	}
	w.walk(path, entries, class, append(above[:len(above):len(above)], info))
}

func (w *walker) problem(path, reason string) {
	w.problems = append(w.problems, Problem{path, reason})
}

// isLitter is true for names that a file manager made, not the user.
func isLitter(name string) bool {
	switch strings.ToLower(name) {
	case "thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "icon\r":
		return true
	}
	return strings.HasPrefix(name, ".")
}

// cause is an error of the file system without the path, which messages name
// themselves.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func ioError(path string, err error) error {
	return &core.Error{Code: core.EIO, Op: op, Argument: path, Err: cause(err)}
}
