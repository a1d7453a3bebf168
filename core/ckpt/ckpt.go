// Package ckpt owns run files: everything that a trained or half-trained model
// is, in one .npz archive that is written whole or not at all. It does not know
// what the arrays and the document mean.
//
// The archive holds "format" (<i8, the number below), "document" (|u1, JSON text)
// and the arrays by name; numpy.load(path, allow_pickle=False) reads it.
package ckpt

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
)

// Format is the number of the layout that Write writes. Read takes no other:
// it goes up only when an older reader would misunderstand a file.
const Format = 1

const (
	formatEntry   = "format"
	documentEntry = "document"
)

// Named is an array and the name under which the file holds it.
type Named = npy.Entry

// Write replaces path by a run file. doc is a JSON text. When something fails,
// path is as it was. Errors: EIO for the file system, EInval for a name that is
// taken, empty or has a slash, and for a document that is no JSON.
func Write(path string, doc []byte, arrays []Named) error {
	const op = "save"
	if !json.Valid(doc) {
		return core.Invalid(op, documentEntry, "want JSON, got %d bytes that are not", len(doc))
	}
	entries := make([]Named, 0, len(arrays)+2)
	entries = append(entries,
		Named{Name: formatEntry, Array: npy.FromInt64([]int64{Format})},
		Named{Name: documentEntry, Array: npy.FromUint8(doc, len(doc))})
	entries = append(entries, arrays...)
	err := npy.Atomic(path, func(f *os.File) error { return npy.WriteNPZ(f, entries) })
	return as(op, err)
}

// File is what a run file holds, checked and in memory.
type File struct {
	Path   string
	Doc    []byte   // JSON
	Names  []string // of the arrays, in the order in which they were written
	arrays map[string]npy.Array
}

// Read reads and checks a whole run file before it returns any of it. Errors
// name the file and the entry: EIO where it cannot be read, ENpy where it is no
// run file, is damaged or of another format.
func Read(path string) (*File, error) {
	const op = "load"
	data, err := os.ReadFile(path)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, &core.Error{Code: core.EIO, Op: op, Argument: path, Err: err}
	}
	entries, err := npy.ReadNPZ(path, data)
	if err != nil {
		return nil, as(op, err)
	}
	f := &File{Path: path, arrays: make(map[string]npy.Array, len(entries))}
	for _, e := range entries {
		f.arrays[e.Name] = e.Array
		if e.Name != formatEntry && e.Name != documentEntry {
			f.Names = append(f.Names, e.Name)
		}
	}
	format, err := f.Int64s(formatEntry)
	if err != nil {
		return nil, core.Errorf(core.ENpy, op, path, "want a run file, got an archive whose entry %q is missing or not one <i8 number", formatEntry)
	}
	if format[0] != Format {
		return nil, core.Errorf(core.ENpy, op, path, "want a run file of format %d, got format %d: another version of the library wrote it", Format, format[0])
	}
	doc, ok := f.arrays[documentEntry]
	if !ok || doc.Dtype != npy.Uint8 || !json.Valid(doc.Bytes()) {
		return nil, core.Errorf(core.ENpy, op, path+": "+documentEntry, "want JSON text in a |u1 array")
	}
	f.Doc = doc.Bytes()
	return f, nil
}

// Float32s is the elements of a <f4 array of exactly this shape. The slice is
// the file's copy in memory: the caller may keep it.
func (f *File) Float32s(name string, shape ...int) ([]float32, error) {
	a, err := f.get(name, shape)
	if err != nil {
		return nil, err
	}
	v, err := a.Float32s()
	return v, as("load", err)
}

// Int64s is Float32s for <i8.
func (f *File) Int64s(name string, shape ...int) ([]int64, error) {
	a, err := f.get(name, shape)
	if err != nil {
		return nil, err
	}
	v, err := a.Int64s()
	return v, as("load", err)
}

// Uint8s is Float32s for |u1.
func (f *File) Uint8s(name string, shape ...int) ([]byte, error) {
	a, err := f.get(name, shape)
	if err != nil {
		return nil, err
	}
	v, err := a.Uint8s()
	return v, as("load", err)
}

// CopyInto copies the entries of the same names into arrays, each of which must
// have the dtype and shape of its entry. Nothing is copied when one does not.
func (f *File) CopyInto(arrays []Named) error {
	found := make([]npy.Array, len(arrays))
	for i, a := range arrays {
		entry, err := f.get(a.Name, a.Array.Shape)
		if err != nil {
			return err
		}
		if entry.Dtype != a.Array.Dtype {
			return core.Errorf(core.ENpy, "load", f.Path, "want %s of dtype %s, got %s", a.Name, a.Array.Dtype, entry.Dtype)
		}
		found[i] = entry
	}
	for i, a := range arrays {
		copy(a.Array.Bytes(), found[i].Bytes())
	}
	return nil
}

// Shape is the shape of an array, false where the file has none of that name.
func (f *File) Shape(name string) ([]int, bool) {
	a, ok := f.arrays[name]
	return a.Shape, ok
}

func (f *File) get(name string, shape []int) (npy.Array, error) {
	a, ok := f.arrays[name]
	if !ok {
		return a, core.Errorf(core.ENpy, "load", f.Path+": "+name, "the file has no such entry")
	}
	return a, as("load", a.WantShape(shape...))
}

// as gives an error of core/npy the name of the function that the user called.
func as(op string, err error) error {
	var ce *core.Error
	if !errors.As(err, &ce) {
		return err
	}
	named := *ce
	named.Op = op
	return &named
}
