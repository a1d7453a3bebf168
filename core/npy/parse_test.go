package npy

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/jumelle/jumelle/core"
)

// aligned copies s to an address that is a multiple of 8: alignment is Parse's
// business, not the test's luck.
func aligned(s string) []byte {
	words := make([]uint64, len(s)/8+1)
	b := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)[:len(s)]
	copy(b, s)
	return b
}

func file(t testing.TB, dtype string, shape []int, data string) string {
	t.Helper()
	h, err := Header(dtype, shape)
	if err != nil {
		t.Fatal(err)
	}
	return string(h) + data
}

// head is a version 1.0 header around any dictionary text.
func head(text string) string {
	for (prefix+len(text)+1)%align != 0 {
		text += " "
	}
	n := len(text) + 1
	return magic + "\x01\x00" + string([]byte{byte(n), byte(n >> 8)}) + text + "\n"
}

func TestHeaderIsNumpys(t *testing.T) {
	// numpy.lib.format.write_array_header_1_0 of NumPy 2.4 for |u1; it leaves room
	// for growth that we do not, so only the text before the padding is the same.
	for shape, want := range map[string]string{
		"()":                 "{'descr': '|u1', 'fortran_order': False, 'shape': (), }",
		"(3,)":               "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }",
		"(0, 5)":             "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 5), }",
		"(60000, 28, 28, 1)": "{'descr': '|u1', 'fortran_order': False, 'shape': (60000, 28, 28, 1), }",
	} {
		shapes := map[string][]int{"()": {}, "(3,)": {3}, "(0, 5)": {0, 5}, "(60000, 28, 28, 1)": {60000, 28, 28, 1}}
		h, err := Header(Uint8, shapes[shape])
		if err != nil {
			t.Fatal(err)
		}
		if len(h)%64 != 0 || h[len(h)-1] != '\n' {
			t.Errorf("%s: %d bytes ending in %q", shape, len(h), h[len(h)-1])
		}
		if got := strings.TrimRight(string(h[prefix:len(h)-1]), " "); got != want {
			t.Errorf("%s: got %s", shape, got)
		}
	}
}

func TestHeaderStaysWithin256Bytes(t *testing.T) {
	shape := []int{math.MaxInt64 / 4, 1, 1, 1, 1, 1, 1, 1}
	h, err := Header(Float32, shape)
	if err != nil || len(h) > 256 {
		t.Fatal(len(h), err)
	}
	// The longest text that a header can have: eight dimensions of 19 digits, one of
	// them 0 so that the product fits.
	if n := len(dictionary(Float32, false, []int{1e18, 1e18, 1e18, 1e18, 1e18, 1e18, 1e18, 0})) + prefix + 1; n > 256 {
		t.Fatal(n)
	}
}

func TestHeaderRefuses(t *testing.T) {
	for _, c := range []struct {
		dtype string
		shape []int
		code  core.Code
	}{
		{"<f8", []int{1}, core.EDtype},
		{Float32, []int{-1}, core.EShape},
		{Float32, make([]int, 9), core.EShape},
		{Float32, []int{1 << 40, 1 << 40}, core.EShape},
		{Int64, []int{1 << 61}, core.EShape},
	} {
		_, err := Header(c.dtype, c.shape)
		wantCode(t, err, c.code, "npy_header")
	}
}

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

func TestParseViewsWithoutCopy(t *testing.T) {
	b := aligned(file(t, Float32, []int{2, 2}, "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40"))
	for _, split := range []bool{false, true} {
		h, d := b, []byte(nil)
		if split {
			h, d = b[:len(b)-16], b[len(b)-16:]
		}
		a, err := Parse("op", "a", h, d)
		if err != nil {
			t.Fatal(err)
		}
		v, err := a.Float32s()
		if err != nil || !slices.Equal(v, []float32{1, 2, 3, 4}) || !slices.Equal(a.Shape, []int{2, 2}) || a.Len() != 4 {
			t.Fatal(v, a.Shape, err)
		}
		v[3] = 5
		if b[len(b)-2] != 0xa0 {
			t.Fatal("the view is a copy")
		}
		v[3] = 4
		_, err = a.Uint8s()
		wantCode(t, err, core.EDtype, "op: a: want dtype |u1, got <f4")
		wantCode(t, a.WantShape(2, 3), core.EShape, "op: a: want shape (2, 3), got (2, 2)")
		wantCode(t, a.WantShape(4), core.EShape, "want shape (4,)")
		if err := a.WantShape(2, -1); err != nil {
			t.Fatal(err)
		}
	}
}

// bad is every way in which bytes are not an array we take, with the message.
var bad = []struct {
	name, bytes string
	code        core.Code
	says        string
}{
	{"empty", "", core.ENpy, "0 bytes"},
	{"not npy", "GIF89a and so on", core.ENpy, "do not start"},
	{"magic alone", magic, core.ENpy, "do not start"},
	{"version 2", magic + "\x02\x00\x10\x00\x00\x00", core.ENpy, "2.0"},
	{"version 1.1", magic + "\x01\x01\x10\x00", core.ENpy, "1.1"},
	{"header cut short", head("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }")[:40], core.ENpy, "cut short"},
	{"length 0", magic + "\x01\x00\x00\x00", core.ENpy, "newline"},
	{"no newline", strings.TrimRight(head("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"), "\n") + " ", core.ENpy, "newline"},
	{"only a newline", magic + "\x01\x00\x01\x00\n", core.ENpy, "plain array"},
	{"other order of keys", head("{'shape': (1,), 'fortran_order': False, 'descr': '<f4', }") + "abcd", core.ENpy, "plain array"},
	{"dictionary cut short", head("{'descr': '<f4', 'fortran_order': False, 'shape': ("), core.ENpy, "plain array"},
	{"no comma", head("{'descr': '<f4', 'fortran_order': False, 'shape': (2 3), }"), core.ENpy, "plain array"},
	{"two commas", head("{'descr': '|u1', 'fortran_order': False, 'shape': (2,, 1), }") + "ab", core.ENpy, "plain array"},
	{"more behind", head("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'x': 1, }") + "ab", core.ENpy, "plain array"},
	{"order neither", head("{'descr': '|u1', 'fortran_order': Maybe, 'shape': (2,), }") + "ab", core.ENpy, "plain array"},
	{"hexadecimal", head("{'descr': '|u1', 'fortran_order': False, 'shape': (0x2,), }") + "ab", core.ENpy, "plain array"},
	{"negative", head("{'descr': '|u1', 'fortran_order': False, 'shape': (-2, -1), }") + "ab", core.EShape, "(-2, -1)"},
	{"overflow", head("{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"), core.EShape, "4294967296"},
	{"overflow to 2", head("{'descr': '|u1', 'fortran_order': False, 'shape': (4611686018427387904, 4, 2), }") + "ab", core.EShape, "4611686018427387904"},
	{"overflow beside 0", head("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296), }"), core.EShape, "4294967296"},
	{"overflow in bytes", head("{'descr': '<i8', 'fortran_order': False, 'shape': (2305843009213693952,), }"), core.EShape, "2305843009213693952"},
	{"nine dimensions", head("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1), }") + "a", core.EShape, "8 dimensions"},
	{"elements cut short", head("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }") + "123456789", core.ENpy, "want 16 bytes"},
	{"bytes left over", head("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }") + "12345", core.ENpy, "want 4 bytes"},
	{"float64", head("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }") + "12345678", core.EDtype, "<f8"},
	{"big-endian", head("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }") + "1234", core.EDtype, ">f4"},
	{"Fortran order", head("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }") + "1234", core.EDtype, "Fortran"},
	{"object", head("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") + "1234", core.EDtype, "|O"},
	{"structured", head("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }") + "1234", core.EDtype, "structured"},
}

func TestParseRefuses(t *testing.T) {
	for _, c := range bad {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("nt_xent", "b", aligned(c.bytes), nil)
			wantCode(t, err, c.code, "nt_xent: b: ", c.says)
		})
	}
	h := aligned(file(t, Int64, []int{1}, ""))
	_, err := Parse("op", "a", h, aligned("0123456789abcdef")[1:9])
	wantCode(t, err, core.ENpy, "aligned to 8 bytes")
	_, err = Parse("op", "a", append(h, 0), aligned("01234567"))
	wantCode(t, err, core.ENpy, "want a header of")
	_, err = Parse("op", "a", h, []byte{})
	wantCode(t, err, core.ENpy, "want 8 bytes")
}

// The files are numpy.save's (NumPy 2.4): arrays that we name and refuse.
func TestParseNamesWhatNumpyWrote(t *testing.T) {
	for name, says := range map[string]string{"float64": "<f8", "fortran": "Fortran order (<f4 (2, 3))", "big_endian": ">f4", "structured": "structured", "unicode": "<U2"} {
		b, err := os.ReadFile(filepath.Join("testdata", name+".npy"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse("nt_xent", "a", b, nil)
		wantCode(t, err, core.EDtype, says)
	}
}

// FuzzParse: no bytes make Parse panic or view what is not there, and what it
// takes has the header that we would write.
func FuzzParse(f *testing.F) {
	for _, c := range bad {
		f.Add([]byte(c.bytes), []byte(nil))
	}
	f.Add([]byte(file(f, Float32, []int{1, 2}, "12345678")), []byte(nil))
	f.Add([]byte(file(f, Float32, []int{1, 2}, "")), []byte("12345678"))
	f.Add([]byte(file(f, Int64, []int{}, "12345678")), []byte(nil))
	f.Add([]byte(file(f, Uint8, []int{0, 3}, "")), []byte(nil))
	f.Add([]byte(head("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }")+"1234"), []byte(nil))
	names, _ := filepath.Glob("testdata/*.np[yz]")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, []byte(nil))
	}
	f.Fuzz(func(t *testing.T, h, d []byte) {
		if len(d) == 0 {
			d = nil
		}
		a, err := Parse("op", "arg", h, d)
		if err != nil {
			var ce *core.Error
			if !errors.As(err, &ce) || ce.Op != "op" || ce.Argument != "arg" {
				t.Fatalf("not our error: %v", err)
			}
		} else {
			if a.Len()*itemSize(a.Dtype) != len(a.Bytes()) {
				t.Fatal(a.Shape, len(a.Bytes()))
			}
			if _, err := Header(a.Dtype, a.Shape); err != nil {
				t.Fatal(err)
			}
			sum := byte(0)
			for _, b := range a.Bytes() {
				sum += b
			}
		}
		if entries, err := ReadNPZ("fuzz", h); err == nil {
			size := 0
			for _, e := range entries {
				size += len(e.Array.Bytes())
			}
			if size > len(h) {
				t.Fatal("an archive gave more than it holds")
			}
		}
	})
}
