package npy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/jumelle/jumelle/core"
)

func onlyFile(t *testing.T, dir, want string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != want {
		t.Fatalf("want %s alone, got %v", want, entries)
	}
}

func TestWriteAndOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npy")
	if err := WriteFile(path, FromFloat32([]float32{1, 2, 3, 4, 5, 6}, 2, 3)); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, dir, "a.npy")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.Array.Float32s()
	if err != nil || !slices.Equal(v, []float32{1, 2, 3, 4, 5, 6}) {
		t.Fatal(v, err)
	}
	// Replacing the file leaves the mapping as it was.
	if err := WriteFile(path, FromInt64([]int64{-7}, 1)); err != nil {
		t.Fatal(err)
	}
	if v[5] != 6 {
		t.Fatal("an open file changed")
	}
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.Copy(make([]byte, 1), 0), core.EHandle, path)
	g, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if v, err := g.Array.Int64s(); err != nil || v[0] != -7 {
		t.Fatal(v, err)
	}
}

func TestOpenNamesThePath(t *testing.T) {
	dir := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, code := range map[string]core.Code{
		filepath.Join(dir, "missing.npy"): core.EIO,
		dir:                               core.EIO,
		put("empty.npy", ""):              core.ENpy,
		put("text.npy", "not an array"):   core.ENpy,
		put("cut.npy", file(t, Float32, []int{4}, "1234")):                                   core.ENpy,
		put("double.npy", head("{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }")): core.EDtype,
	} {
		_, err := Open(path)
		wantCode(t, err, code, path)
	}
	_, err := Open(filepath.Join(dir, "missing.npy"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost:", err)
	}
}

func TestCopySurvivesAFileCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := WriteFile(path, FromUint8(make([]byte, 100000), 100000)); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Copy(make([]byte, 10), 99990); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.Copy(make([]byte, 10), 99991), core.EInval, "offset")
	if err := os.Truncate(path, 5000); err != nil {
		t.Fatal(err)
	}
	if err := f.Copy(make([]byte, 10), 0); err != nil {
		t.Fatal("bytes that are still there:", err)
	}
	wantCode(t, f.Copy(make([]byte, 10), 99990), core.EIO, path, "cut short")
}

func TestAtomicLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npy")
	if err := WriteFile(path, FromUint8([]byte("old"), 3)); err != nil {
		t.Fatal(err)
	}
	old, _ := os.ReadFile(path)
	same := func() {
		t.Helper()
		onlyFile(t, dir, "a.npy")
		if now, _ := os.ReadFile(path); string(now) != string(old) {
			t.Fatal("the old file changed")
		}
	}
	// A full disk, as the kernel reports it.
	err := Atomic(path, func(f *os.File) error {
		f.WriteString("half of it")
		return &fs.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
	})
	wantCode(t, err, core.EIO, path, "no space left")
	if !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	same()
	// An error of ours comes back unchanged.
	mine := core.Invalid("x", "y", "z")
	if err := Atomic(path, func(*os.File) error { return mine }); err != error(mine) {
		t.Fatal(err)
	}
	same()
	func() {
		defer func() { recover() }()
		Atomic(path, func(f *os.File) error { f.WriteString("x"); panic("bug") })
	}()
	same()
	wantCode(t, Atomic(filepath.Join(dir, "no", "a.npy"), func(*os.File) error { return nil }), core.EIO, "no such file")
	wantCode(t, Atomic(dir, func(*os.File) error { return nil }), core.EIO, dir, "folder")
	same()
}

func TestAtomicKeepsPermissionsAndLinks(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.npy"), filepath.Join(t.TempDir(), "link.npy")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := WriteFile(link, FromUint8([]byte{1}, 1)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o640 || info.Size() != 129 && info.Size() != 65 {
		t.Fatal(info, err)
	}
	if l, err := os.Lstat(link); err != nil || l.Mode()&fs.ModeSymlink == 0 {
		t.Fatal("the link was replaced", err)
	}
}
