package npy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jumelle/jumelle/core"
)

// WriteFile writes an array to path as a .npy file, whole or not at all.
func WriteFile(path string, a Array) error {
	head, err := Header(a.Dtype, a.Shape)
	if err != nil {
		return err
	}
	return Atomic(path, func(f *os.File) error {
		if _, err := f.Write(head); err != nil {
			return err
		}
		_, err := f.Write(a.data)
		return err
	})
}

// Atomic replaces path by what write puts into the file that it is given: a
// temporary one in the same folder, flushed to the disk and renamed. When write
// or the disk fails, or write panics, path is as it was and the temporary file
// is gone. Errors of the file system are EIO and name path; *core.Error that
// write returns comes back as it is. A symbolic link at path stays one: the file
// it leads to is replaced. Permissions of an existing file are kept.
func Atomic(path string, write func(*os.File) error) (err error) {
	const op = "write"
	target := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		target = real
	}
	mode := os.FileMode(0)
	if info, err := os.Stat(target); err == nil {
		if !info.Mode().IsRegular() {
			return core.Errorf(core.EIO, op, path, "want the path of a file, got a %s", kind(info.Mode()))
		}
		mode = info.Mode().Perm()
	}
	f, err := createTemp(target)
	if err != nil {
		return ioError(op, path, err)
	}
	done := false
	defer func() {
		if !done {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		var ce *core.Error
		if errors.As(err, &ce) {
			return err
		}
		return ioError(op, path, err)
	}
	if mode != 0 {
		if err := f.Chmod(mode); err != nil {
			return ioError(op, path, err)
		}
	}
	// Close tells of a full disk too on some network file systems.
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return ioError(op, path, err)
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return ioError(op, path, err)
	}
	done = true
	// The file is in place; that its name survives a power cut is a courtesy that
	// some file systems refuse.
	if dir, err := os.Open(filepath.Dir(target)); err == nil {
		_ = dir.Sync()
		dir.Close()
	}
	return nil
}

// createTemp makes a new hidden file beside target, with the permissions that
// the process gives to new files (os.CreateTemp would make it private).
func createTemp(target string) (*os.File, error) {
	for n := 0; ; n++ {
		name := fmt.Sprintf(".jumelle-%d-%d.tmp", os.Getpid(), n)
		f, err := os.OpenFile(filepath.Join(filepath.Dir(target), name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if os.IsExist(err) && n < 10000 {
			continue // another write of this process, or a dead one's litter
		}
		return f, err
	}
}
