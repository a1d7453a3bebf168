package pictures

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// one is picture i by Use.
func one(t testing.TB, s *Set, i int) core.Batch {
	t.Helper()
	var got core.Batch
	if err := s.Use(i, func(b core.Batch) error {
		got = b
		got.Data = slices.Clone(b.Data)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

// Headers give the same set as decoding everything, but for the broken files,
// which keep their places and turn out when they are read.
func TestHeadersOnly(t *testing.T) {
	root := folder(t, 12) // a/ and b/ with three sizes; the 3rd of b and its last are cut
	good, err := Open(root, Options{Check: CheckAll})
	if err != nil {
		t.Fatal(err)
	}
	for name, cache := range map[string]int64{"cache": 0, "small cache": 3000, "no cache": -1} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(root, Options{Check: CheckNone, Cache: cache})
			if err != nil {
				t.Fatal(err)
			}
			if s.Len() != 12 || len(s.Problems()) != 0 || len(s.Labels()) != 12 || good.Len() != 10 || len(good.Problems()) != 2 {
				t.Fatal(s.Len(), s.Problems(), good.Len(), good.Problems())
			}
			for range 2 {
				at := 0
				for i := range s.Len() {
					b := one(t, s, i)
					if h, w := s.Size(i); h != b.H || w != b.W {
						t.Fatalf("%s: size %d x %d, picture %d x %d", s.Paths()[i], w, h, b.W, b.H)
					}
					if !slices.Contains(good.Paths(), s.Paths()[i]) {
						if !bytes.Equal(b.Data, make([]byte, len(b.Data))) {
							t.Errorf("%s is not black", s.Paths()[i])
						}
						continue
					}
					if want := one(t, good, at); !bytes.Equal(b.Data, want.Data) || s.Paths()[i] != good.Paths()[at] {
						t.Errorf("%s: other bytes", s.Paths()[i])
					}
					at++
				}
			}
			if !slices.Equal(s.Problems(), good.Problems()) {
				t.Errorf("want %v, got %v", good.Problems(), s.Problems())
			}
		})
	}
}

// Many pixels are not decoded by Open; few are.
func TestOpenDecodesSomePixels(t *testing.T) {
	content := bigPNG(8192, 8192) // half of SomePixels, and broken
	root := t.TempDir()
	put(t, root, "1.png", content)
	put(t, root, "2.png", asPNG(t, sample(4, 4)))
	s, err := Open(root, Options{})
	if err != nil || s.Len() != 1 || len(s.Problems()) != 1 {
		t.Fatal(s, err)
	}
	put(t, root, "3.png", content)
	s, err = Open(root, Options{})
	if err != nil || s.Len() != 3 || len(s.Problems()) != 0 {
		t.Fatal(s, err)
	}
	s, err = Open(root, Options{Check: CheckAll})
	if err != nil || s.Len() != 1 || len(s.Problems()) != 2 {
		t.Fatal(s, err)
	}
	_, err = Open(root, Options{Check: 2})
	wantCode(t, err, core.EInval, "images: check", "got 2")
}

// The size of a photo whose orientation stands behind much else, and of formats
// that may have it at their end.
func TestSizesByHeaderAreUpright(t *testing.T) {
	m, block := smooth(64, 48), exifBlock(binary.BigEndian, 6)
	exif := app1(append([]byte("Exif\x00\x00"), block...)...)
	filling := [][]byte{}
	for range 4 {
		filling = append(filling, app1(make([]byte, 60_000)...))
	}
	tail := make([]byte, 2*startBytes)
	for name, content := range map[string][]byte{
		"jpeg":              withAPP1(asJPEG(t, m), exif),
		"jpeg, long":        append(withAPP1(asJPEG(t, m), exif), tail...),
		"jpeg, far behind":  withAPP1(asJPEG(t, m), append(filling, exif)...),
		"png":               withChunk(asPNG(t, m), "eXIf", block),
		"png, behind a lot": withChunk(withChunk(asPNG(t, m), "eXIf", block), "teXt", tail),
	} {
		s, err := OpenFiles([]string{put(t, t.TempDir(), "a", content)}, Options{Check: CheckNone})
		if err != nil {
			t.Fatal(err)
		}
		if h, w, _ := s.Shape(); h != 64 || w != 48 {
			t.Errorf("%s: want 48 x 64, got %d x %d", name, w, h)
		}
		one(t, s, 0)
		if p := s.Problems(); len(p) != 0 {
			t.Errorf("%s: %v", name, p)
		}
	}
}

// Several callers at once get the bytes that one gets, while places are filled.
func TestReadersSideBySide(t *testing.T) {
	defer par.SetThreads(0)
	if err := par.SetThreads(8); err != nil {
		t.Fatal(err)
	}
	root := folder(t, 20)
	want, err := Open(root, Options{Size: 16, Check: CheckNone, Cache: -1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(root, Options{Size: 16, Check: CheckNone, Cache: 10 * 768})
	if err != nil {
		t.Fatal(err)
	}
	wanted := all(t, want)
	if err := par.For(16, 1, func(int, int) error {
		b := core.Batch{N: 20, H: 16, W: 16, C: 3, Data: make([]byte, 20*768)}
		if err := s.Read(nil, b); err != nil {
			return err
		}
		if !bytes.Equal(b.Data, wanted) {
			return fmt.Errorf("other bytes")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if p := s.Problems(); len(p) != 2 {
		t.Error(p)
	}
}

func TestPackLeavesBrokenFilesOut(t *testing.T) {
	root := t.TempDir()
	put(t, root, "a.png", asPNG(t, sample(9, 9))[:90])
	s, err := Open(root, Options{Check: CheckNone})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, Pack(s, root+"/out.npy"), core.EIO, "pack: source: want pictures, got none: all 1 files are broken")
}
