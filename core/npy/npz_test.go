package npy

import (
	"archive/zip"
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
)

var sample = []Entry{
	{"conv1.weight", FromFloat32([]float32{0, 0.25, 0.5, 0.75, 1, 1.25}, 2, 3)},
	{"step", FromInt64([]int64{7})},
	{"nothing", FromFloat32(nil, 0, 4)},
	{"document", FromUint8([]byte(`{"a":1}`), 7)},
}

func archive(t *testing.T, entries []Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteNPZ(&b, entries); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNPZRoundTrip(t *testing.T) {
	b := archive(t, sample)
	if !bytes.Equal(b, archive(t, sample)) {
		t.Error("the same entries gave other bytes")
	}
	got, err := ReadNPZ("m.npz", b)
	if err != nil || len(got) != len(sample) {
		t.Fatal(got, err)
	}
	for i, e := range got {
		want := sample[i]
		if e.Name != want.Name || e.Array.Dtype != want.Array.Dtype || !slices.Equal(e.Array.Shape, want.Array.Shape) || !bytes.Equal(e.Array.Bytes(), want.Array.Bytes()) {
			t.Errorf("entry %d: %v", i, e)
		}
	}
	_, err = got[1].Array.Float32s()
	wantCode(t, err, core.EDtype, "m.npz: step: want dtype <f4, got <i8")
}

// testdata/numpy.npz is numpy.savez(weight=arange(6, dtype="<f4").reshape(2, 3) / 4,
// step=array(7), doc=frombuffer(b'{"a":1}', uint8)) of NumPy 2.4.
func TestNPZFromNumpy(t *testing.T) {
	b, err := os.ReadFile("testdata/numpy.npz")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadNPZ("numpy.npz", b)
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	w, err := got[0].Array.Float32s()
	if err != nil || got[0].Name != "weight" || !slices.Equal(w, []float32{0, 0.25, 0.5, 0.75, 1, 1.25}) {
		t.Fatal(got[0], err)
	}
	s, err := got[1].Array.Int64s()
	if err != nil || len(got[1].Array.Shape) != 0 || s[0] != 7 {
		t.Fatal(got[1], err)
	}
	if d, err := got[2].Array.Uint8s(); err != nil || string(d) != `{"a":1}` {
		t.Fatal(got[2], err)
	}
}

func TestNPZRefuses(t *testing.T) {
	compressed, err := os.ReadFile("testdata/compressed.npz")
	if err != nil {
		t.Fatal(err)
	}
	good := archive(t, sample)
	flipped := bytes.Clone(good)
	flipped[bytes.Index(flipped, []byte(`{"a":1}`))] = 'x'
	zipped := func(name, content string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for range 2 {
			m, _ := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			m.Write([]byte(content))
		}
		z.Close()
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		b    []byte
		code core.Code
		says string
	}{
		"empty":      {nil, core.ENpy, "0 bytes"},
		"text":       {[]byte(strings.Repeat("text ", 100)), core.ENpy, ".npz"},
		"half":       {good[:len(good)/2], core.ENpy, ".npz"},
		"compressed": {compressed, core.ENpy, "weight: want a stored member"},
		"flipped":    {flipped, core.ENpy, "document: zip: checksum"},
		"foreign":    {zipped("readme.txt", "hello"), core.ENpy, "readme.txt"},
		"path":       {zipped("../x.npy", "hello"), core.ENpy, "slashes"},
		"twice":      {zipped("a.npy", file(t, Uint8, []int{1}, "a")), core.ENpy, "twice"},
		"no array":   {zipped("a.npy", "hello"), core.ENpy, "m.npz: a: want .npy data"},
		"float64":    {zipped("a.npy", head("{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }")), core.EDtype, "m.npz: a: want dtype"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadNPZ("m.npz", c.b)
			wantCode(t, err, c.code, "npz: m.npz", c.says)
		})
	}
	var b bytes.Buffer
	for _, name := range []string{"", "a/b", `a\b`, strings.Repeat("x", 1001)} {
		wantCode(t, WriteNPZ(&b, []Entry{{name, FromInt64(nil, 0)}}), core.EInval, "name")
	}
	wantCode(t, WriteNPZ(&b, []Entry{sample[0], sample[0]}), core.EInval, "twice")
	wantCode(t, WriteNPZ(&b, []Entry{{Name: "zero"}}), core.EDtype, "zero")
}
