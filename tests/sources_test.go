package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is a Go file of the library.
type source struct {
	path    string // from the top folder, with slashes
	pkg     string // its folder
	file    *ast.File
	set     *token.FileSet
	imports []string
}

// librarySources is every Go file that is no test, whatever its build tags: a
// rule holds for files that this machine does not build, too.
func librarySources(t *testing.T) []source {
	t.Helper()
	var out []source
	for _, top := range []string{"core", "augment", "methods", "capi"} {
		err := filepath.WalkDir(inRoot(top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			rel, err := filepath.Rel(root(), path)
			if err != nil {
				return err
			}
			s := source{path: filepath.ToSlash(rel), pkg: filepath.ToSlash(filepath.Dir(rel)), set: token.NewFileSet()}
			if s.file, err = parser.ParseFile(s.set, path, nil, parser.ParseComments|parser.SkipObjectResolution); err != nil {
				return err
			}
			for _, i := range s.file.Imports {
				name, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					return err
				}
				s.imports = append(s.imports, name)
			}
			out = append(out, s)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) < 50 {
		t.Fatalf("found only %d files: this looks in the wrong place", len(out))
	}
	return out
}

// tracked is the files of the project with one of these endings, as git has them.
func tracked(t *testing.T, endings ...string) []string {
	t.Helper()
	var out []string
	for path := range strings.SplitSeq(run(t, nil, "git", "ls-files"), "\n") {
		if slices.Contains(endings, filepath.Ext(path)) {
			out = append(out, path)
		}
	}
	return out
}
