package ckpt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
)

func wantCode(t *testing.T, err error, code core.Code, contains ...string) {
	t.Helper()
	var ce *core.Error
	if !errors.As(err, &ce) || ce.Code != code {
		t.Fatalf("want code %d, got %v", code, err)
	}
	for _, c := range contains {
		if !strings.Contains(err.Error(), c) {
			t.Errorf("%q does not say %q", err, c)
		}
	}
}

var arrays = []Named{
	{Name: "encoder.conv1.weight", Array: npy.FromFloat32([]float32{1, 2, 3, 4}, 2, 2)},
	{Name: "steps", Array: npy.FromInt64([]int64{12})},
	{Name: "mask", Array: npy.FromUint8([]byte{1, 0, 1}, 3)},
}

func TestWriteRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.npz")
	doc := []byte(`{"method": "simclr"}`)
	if err := Write(path, doc, arrays); err != nil {
		t.Fatal(err)
	}
	first, _ := os.ReadFile(path)
	if err := Write(path, doc, arrays); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(path); !bytes.Equal(first, second) {
		t.Error("the same run gave other bytes")
	}
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.Doc, doc) || !slices.Equal(f.Names, []string{"encoder.conv1.weight", "steps", "mask"}) {
		t.Fatalf("%s %v", f.Doc, f.Names)
	}
	w, err := f.Float32s("encoder.conv1.weight", 2, 2)
	if err != nil || !slices.Equal(w, []float32{1, 2, 3, 4}) {
		t.Fatal(w, err)
	}
	s, err := f.Int64s("steps")
	if err != nil || s[0] != 12 {
		t.Fatal(s, err)
	}
	m, err := f.Uint8s("mask", 3)
	if err != nil || !bytes.Equal(m, []byte{1, 0, 1}) {
		t.Fatal(m, err)
	}
	if s, ok := f.Shape("mask"); !ok || !slices.Equal(s, []int{3}) {
		t.Fatal(s, ok)
	}
	_, err = f.Float32s("encoder.conv1.weight", 4)
	wantCode(t, err, core.EShape, path, "encoder.conv1.weight", "want shape (4,), got (2, 2)")
	_, err = f.Float32s("steps")
	wantCode(t, err, core.EDtype, "steps", "want dtype <f4, got <i8")
	_, err = f.Float32s("encoder.conv2.weight", 1)
	wantCode(t, err, core.ENpy, path, "encoder.conv2.weight", "no such entry")
}

func TestWriteRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.npz")
	if err := Write(path, []byte("1"), arrays); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	wantCode(t, Write(path, []byte("{"), arrays), core.EInval, "save: document")
	wantCode(t, Write(path, []byte("1"), []Named{arrays[0], arrays[0]}), core.EInval, "twice")
	wantCode(t, Write(path, []byte("1"), []Named{{Name: "format", Array: npy.FromInt64([]int64{2})}}), core.EInval, "twice")
	wantCode(t, Write(path, []byte("1"), []Named{{Name: "a/b", Array: arrays[0].Array}}), core.EInval, "slashes")
	wantCode(t, Write(filepath.Join(path, "x"), []byte("1"), nil), core.EIO, "save: "+path)
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Fatal("a failed save changed the file")
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Fatal("a failed save left a file behind", left)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.npz")
	write := func(entries ...Named) func() error {
		return func() error {
			return npy.Atomic(path, func(f *os.File) error { return npy.WriteNPZ(f, entries) })
		}
	}
	format := Named{Name: "format", Array: npy.FromInt64([]int64{1})}
	for name, c := range map[string]struct {
		make func() error
		code core.Code
		says string
	}{
		"missing":         {func() error { os.Remove(path); return nil }, core.EIO, "no such file"},
		"text":            {func() error { return os.WriteFile(path, []byte("hello"), 0o666) }, core.ENpy, ".npz archive"},
		"no format":       {write(arrays...), core.ENpy, `"format" is missing`},
		"format a string": {write(Named{Name: "format", Array: npy.FromUint8([]byte("1"), 1)}), core.ENpy, `"format"`},
		"format two":      {write(Named{Name: "format", Array: npy.FromInt64([]int64{2})}), core.ENpy, "got format 2"},
		"no document":     {write(format), core.ENpy, "document"},
		"no JSON":         {write(format, Named{Name: "document", Array: npy.FromUint8([]byte("{"), 1)}), core.ENpy, "document"},
		"document <i8":    {write(format, Named{Name: "document", Array: npy.FromInt64([]int64{1})}), core.ENpy, "document"},
		"cut short": {func() error {
			if err := Write(path, []byte("1"), arrays); err != nil {
				return err
			}
			return os.Truncate(path, 300)
		}, core.ENpy, ".npz archive"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.make(); err != nil {
				t.Fatal(err)
			}
			_, err := Read(path)
			wantCode(t, err, c.code, "load: "+path, c.says)
		})
	}
	_, err := Read(dir)
	wantCode(t, err, core.EIO, dir)
}

func TestCopyIntoTakesAllOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.npz")
	if err := Write(path, []byte(`{}`), []Named{
		{Name: "w", Array: npy.FromFloat32([]float32{1, 2, 3, 4}, 2, 2)},
		{Name: "pointer", Array: npy.FromInt64([]int64{7}, 1)},
	}); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	w, pointer := make([]float32, 4), make([]int64, 1)
	good := []Named{{Name: "w", Array: npy.FromFloat32(w, 2, 2)}, {Name: "pointer", Array: npy.FromInt64(pointer, 1)}}
	for name, bad := range map[string]Named{
		"missing": {Name: "v", Array: npy.FromFloat32(make([]float32, 1), 1)},
		"shape":   {Name: "w", Array: npy.FromFloat32(make([]float32, 4), 4)},
		"dtype":   {Name: "pointer", Array: npy.FromUint8(make([]byte, 1), 1)},
	} {
		if err := f.CopyInto(append(good[:2:2], bad)); err == nil || w[0] != 0 || pointer[0] != 0 {
			t.Errorf("%s: got %v, %v, %v", name, err, w, pointer)
		}
	}
	if err := f.CopyInto(good); err != nil || w[3] != 4 || pointer[0] != 7 {
		t.Errorf("got %v, %v, %v", err, w, pointer)
	}
}
