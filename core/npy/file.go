package npy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"

	"github.com/jumelle/jumelle/core"
)

// File is a .npy file mapped into memory, read only: opening it costs the same
// for a megabyte and for a terabyte, and pages come in as they are touched.
// Methods may be called from several goroutines, Close from one, at the end.
type File struct {
	// Array views the mapped pages. Reading it after Close, or after another
	// program has cut the file short, ends the process: Copy is the careful way.
	Array Array

	path   string
	file   *os.File
	mapped []byte
	start  int // of the elements, in bytes
}

// Open maps path. A file that is not there or not readable is EIO; what the
// file holds is judged as Parse judges it.
func Open(path string) (*File, error) {
	const op = "npy"
	file, err := os.Open(path)
	if err != nil {
		return nil, ioError(op, path, err)
	}
	defer func() {
		if file != nil {
			file.Close()
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, ioError(op, path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, core.Errorf(core.EIO, op, path, "want a .npy file, got a %s", kind(info.Mode()))
	}
	if info.Size() == 0 {
		return nil, core.Errorf(core.ENpy, op, path, "want .npy data, got an empty file")
	}
	mapped, err := mapFile(file, info.Size())
	if err != nil {
		return nil, ioError(op, path, err)
	}
	a, err := Parse(op, path, mapped, nil)
	if err != nil {
		unmap(mapped)
		return nil, err
	}
	f := &File{Array: a, path: path, file: file, mapped: mapped, start: len(mapped) - len(a.data)}
	file = nil
	return f, nil
}

// Path is the path that Open was given.
func (f *File) Path() string { return f.path }

// Close unmaps the file. Closing twice does nothing.
func (f *File) Close() error {
	if f.mapped == nil {
		return nil
	}
	mapped := f.mapped
	f.mapped, f.Array = nil, Array{}
	return errors.Join(unmap(mapped), f.file.Close())
}

// Copy copies elements, from byte offset on, into dst. Unlike a look at Array it
// survives a file that was cut short or a disk that fails after Open: EIO.
func (f *File) Copy(dst []byte, offset int) (err error) {
	const op = "npy"
	if f.mapped == nil {
		return core.Errorf(core.EHandle, op, f.path, "the file is closed")
	}
	if offset < 0 || offset > len(f.Array.data) || len(dst) > len(f.Array.data)-offset {
		return core.Invalid(op, "offset", "want %d bytes from %d on to lie within %d", len(dst), offset, len(f.Array.data))
	}
	info, err := f.file.Stat()
	if err != nil {
		return ioError(op, f.path, err)
	}
	if info.Size() < int64(f.start+offset+len(dst)) {
		return core.Errorf(core.EIO, op, f.path, "the file was cut short while it was open: it had %d bytes and has %d", len(f.mapped), info.Size())
	}
	// What Stat cannot see, such as a bad sector, arrives as a fault of the copy.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = core.Errorf(core.EIO, op, f.path, "reading the mapped file failed: %v", r)
		}
	}()
	copy(dst, f.Array.data[offset:])
	return nil
}

// ioError is EIO that names the path once: Go's own path errors name it again.
func ioError(op, path string, err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		err = pe.Err
	case errors.As(err, &le):
		err = le.Err
	}
	return &core.Error{Code: core.EIO, Op: op, Argument: path, Err: err}
}

func kind(m fs.FileMode) string {
	if m.IsDir() {
		return "folder"
	}
	return fmt.Sprintf("special file (%s)", m.Type())
}
