package npy

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/jumelle/jumelle/core"
)

// Entry is one array of an archive.
type Entry struct {
	Name  string // without ".npy": the key under which numpy.load gives it
	Array Array
}

// WriteNPZ writes an archive as numpy.savez does: a zip of .npy files, stored
// and not compressed, readable by numpy.load(allow_pickle=False). The same
// entries give the same bytes. A JSON document goes in as a |u1 array of its
// text. Names must be unique, not empty and without slashes. Errors of w come
// back as they are: Atomic makes them EIO.
func WriteNPZ(w io.Writer, entries []Entry) error {
	const op = "npz"
	seen := map[string]bool{}
	z := zip.NewWriter(w)
	for _, e := range entries {
		if err := checkName(op, e.Name, seen); err != nil {
			return err
		}
		head, err := Header(e.Array.Dtype, e.Array.Shape)
		if err != nil {
			var ce *core.Error
			if errors.As(err, &ce) {
				err = core.Errorf(ce.Code, op, e.Name, "%s", ce.Msg)
			}
			return err
		}
		m, err := z.CreateHeader(&zip.FileHeader{Name: e.Name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if _, err := m.Write(head); err != nil {
			return err
		}
		if _, err := m.Write(e.Array.data); err != nil {
			return err
		}
	}
	return z.Close()
}

// ReadNPZ reads an archive that WriteNPZ or numpy.savez made. The arrays are
// copies: data may go. Each member's checksum is verified. where names the
// archive in messages, usually its path; they name the entry too. Compressed
// members are refused (ENpy): nothing in the file decides how much memory
// reading it takes, the file's own size does.
func ReadNPZ(where string, data []byte) (entries []Entry, err error) {
	const op = "npz"
	fail := func(name, format string, args ...any) ([]Entry, error) {
		arg := where
		if name != "" {
			arg += ": " + name
		}
		return nil, core.Errorf(core.ENpy, op, arg, format, args...)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fail("", "want a .npz archive, got %d bytes that are not one: %v", len(data), err)
	}
	seen := map[string]bool{}
	total := uint64(0)
	for _, m := range z.File {
		name, isArray := strings.CutSuffix(m.Name, ".npy")
		if !isArray {
			return fail(clip(m.Name), "want members named *.npy")
		}
		if err := checkName(op, name, seen); err != nil {
			return fail(clip(name), "%s", err.(*core.Error).Msg)
		}
		if m.Method != zip.Store {
			return fail(name, "want a stored member, got a compressed one: write the archive with numpy.savez")
		}
		// Members that claim the same bytes twice would multiply the file's size.
		total += m.UncompressedSize64
		if m.UncompressedSize64 > uint64(len(data)) || total > uint64(len(data)) {
			return fail(name, "want %d bytes, got %d: cut short", m.UncompressedSize64, len(data))
		}
		r, err := m.Open()
		if err != nil {
			return fail(name, "%v", err)
		}
		// An allocation of 64 bytes or more, as any header is, is aligned for <i8.
		file := make([]byte, max(align, m.UncompressedSize64))[:m.UncompressedSize64]
		if _, err := io.ReadFull(r, file); err != nil {
			return fail(name, "%v", err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil { // the checksum is compared at the end
			return fail(name, "%v", err)
		}
		a, err := Parse(op, where+": "+name, file, nil)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{Name: name, Array: a})
	}
	return entries, nil
}

// checkName keeps archives readable by everybody: names are keys, not paths.
func checkName(op, name string, seen map[string]bool) error {
	switch {
	case name == "" || strings.ContainsAny(name, "/\\\x00"):
		return core.Invalid(op, "name", "want the name of an entry without slashes, got %s", clip(name))
	case len(name) > 1000:
		return core.Invalid(op, "name", "want the name of an entry of at most 1000 bytes, got %d", len(name))
	case seen[name]:
		return core.Invalid(op, "name", "want each entry once, got %s twice", clip(name))
	}
	seen[name] = true
	return nil
}
