package pictures

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
	"github.com/jumelle/jumelle/core/par"
)

// all reads every picture of a set.
func all(t testing.TB, s *Set) []byte {
	t.Helper()
	h, w, c := s.Shape()
	b := core.Batch{N: s.Len(), H: h, W: w, C: c, Data: make([]byte, s.Len()*h*w*c)}
	if err := s.Read(nil, b); err != nil {
		t.Fatal(err)
	}
	return b.Data
}

func relative(t *testing.T, root string, paths []string) []string {
	t.Helper()
	var out []string
	for _, p := range paths {
		r, err := filepath.Rel(root, p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, filepath.ToSlash(r))
	}
	return out
}

func TestFolderWithClasses(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"cat/b.png", "cat/a.jpg", "cat/deep/c.png", "dog/a.png", "dog/é 日本.png", ".hidden/x.png", "dog/.x.png", "dog/Thumbs.db", "dog/desktop.ini"} {
		put(t, root, name, asPNG(t, sample(6, 5)))
	}
	put(t, root, "ant/note.txt", []byte("a class without a picture"))
	put(t, root, "dog/b.png", asPNG(t, sample(6, 5))[:60])
	s, err := Open(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := relative(t, root, s.Paths()), []string{"cat/a.jpg", "cat/b.png", "cat/deep/c.png", "dog/a.png", "dog/é 日本.png"}; !slices.Equal(got, want) {
		t.Errorf("want %v, got %v", want, got)
	}
	if !slices.Equal(s.Classes(), []string{"ant", "cat", "dog"}) || !slices.Equal(s.Labels(), []int64{1, 1, 1, 2, 2}) {
		t.Error(s.Classes(), s.Labels())
	}
	p := s.Problems()
	if len(p) != 2 || !strings.HasSuffix(p[0].Path, "note.txt") || !strings.HasSuffix(p[1].Path, "b.png") || !strings.Contains(p[1].Reason, "PNG") {
		t.Error(p)
	}
	// One picture beside the classes' folders, and nothing is labelled.
	put(t, root, "zebra.png", asPNG(t, sample(6, 5)))
	s, err = Open(root, Options{})
	if err != nil || s.Len() != 6 || s.Labels() != nil || s.Classes() != nil {
		t.Error(s.Len(), s.Labels(), s.Classes(), err)
	}
}

func TestPathsThatHoldNothing(t *testing.T) {
	root := t.TempDir()
	_, err := Open(filepath.Join(root, "missing"), Options{})
	wantCode(t, err, core.EIO, "images: "+filepath.Join(root, "missing"), "no such file")
	_, err = Open(root, Options{})
	wantCode(t, err, core.EIO, "images: "+root, "got none")
	put(t, root, "a/a.png", []byte("no"))
	put(t, root, "a/b.png", nil)
	_, err = Open(root, Options{})
	wantCode(t, err, core.EIO, "images: "+root, "2 files are there and none could be read", "a.png")
	_, err = OpenFiles(nil, Options{})
	wantCode(t, err, core.EInval, "source")
	_, err = OpenFiles([]string{root, filepath.Join(root, "missing.png")}, Options{})
	wantCode(t, err, core.EIO, "a folder, not a file")
	_, err = Open(root, Options{Size: -1})
	wantCode(t, err, core.EInval, "images: size", "-1")
	_, err = Open(root, Options{Size: 8193})
	wantCode(t, err, core.EInval, "images: size", "8193")
	_, err = Open(root, Options{Channels: 4})
	wantCode(t, err, core.EInval, "images: channels", "4")
}

func TestLinksAreFollowedButNotInCircles(t *testing.T) {
	root := t.TempDir()
	elsewhere := put(t, t.TempDir(), "far.png", asPNG(t, sample(4, 4)))
	put(t, root, "a/a.png", asPNG(t, sample(4, 4)))
	for name, to := range map[string]string{"a/loop": root, "a/far.png": elsewhere, "a/gone.png": filepath.Join(root, "gone")} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	s, err := Open(root, Options{})
	if err != nil || !slices.Equal(relative(t, root, s.Paths()), []string{"a/a.png", "a/far.png"}) {
		t.Fatal(s, err)
	}
	p := s.Problems()
	if len(p) != 2 || !strings.Contains(p[0].Reason, "no such file") || !strings.Contains(p[1].Reason, "link back") {
		t.Fatal(p)
	}
}

func TestSizesMustAgreeInOneArray(t *testing.T) {
	root := t.TempDir()
	put(t, root, "a.png", asPNG(t, sample(60, 50))[:200]) // broken: its size does not matter
	put(t, root, "b.png", asPNG(t, sample(6, 5)))
	put(t, root, "c.png", asPNG(t, sample(6, 5)))
	put(t, root, "d.png", asPNG(t, sample(5, 6)))
	put(t, root, "e.png", asPNG(t, sample(7, 7)))
	s, err := Open(root, Options{})
	if err != nil || s.Len() != 4 || len(s.Problems()) != 1 {
		t.Fatal(s, err)
	}
	if h, w, c := s.Shape(); h != 0 || w != 0 || c != 3 {
		t.Error("one shape for pictures that differ:", h, w, c)
	}
	two := core.Batch{N: 2, H: 5, W: 6, C: 3, Data: make([]byte, 2*5*6*3)}
	if err := s.Read([]int64{1, 0}, two); err != nil {
		t.Error("two of one size:", err)
	}
	wantCode(t, s.Read([]int64{0, 2}, two), core.EShape, "images: size", "b.png is 6 x 5", "d.png is 5 x 6")
	wantCode(t, s.Read([]int64{2, 2}, two), core.EShape, "images: out: want shape (2, 6, 5, 3), got (2, 5, 6, 3)")
	s, err = Open(root, Options{Size: 4})
	if h, w, _ := s.Shape(); err != nil || s.Len() != 4 || h != 4 || w != 4 {
		t.Fatal(s, err)
	}
}

// folder writes n different pictures, two of which are broken.
func folder(t testing.TB, n int) string {
	root := t.TempDir()
	for i := range n {
		content := asPNG(t, sample(20+i%3, 18))
		if i == 3 || i == n-1 {
			content = content[:len(content)/2]
		}
		put(t, root, fmt.Sprintf("%c/%03d.png", 'a'+i%2, i), content)
	}
	return root
}

func TestReadIsTheSameHoweverItIsDone(t *testing.T) {
	defer par.SetThreads(0)
	root := folder(t, 41)
	var want []byte
	for _, threads := range []int{1, 2, 16} {
		if err := par.SetThreads(threads); err != nil {
			t.Fatal(err)
		}
		for _, cache := range []int64{0, -1} {
			s, err := Open(root, Options{Size: 16, Cache: cache})
			if err != nil {
				t.Fatal(err)
			}
			if kept := s.kept.find(38) != nil; kept != (cache == 0) {
				t.Fatal("in memory:", kept)
			}
			if s.Len() != 39 || len(s.Problems()) != 2 || len(s.Labels()) != 39 {
				t.Fatal(s.Len(), s.Problems())
			}
			got := all(t, s)
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("%d threads, cache %d: other bytes", threads, cache)
			}
			out := core.Batch{N: 3, H: 16, W: 16, C: 3, Data: make([]byte, 3*768)}
			if err := s.Read([]int64{38, 0, 38}, out); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Picture(0), want[38*768:]) || !bytes.Equal(out.Picture(1), want[:768]) || !bytes.Equal(out.Picture(2), want[38*768:]) {
				t.Fatal("indices give other pictures")
			}
		}
	}
}

func TestReadRefuses(t *testing.T) {
	s, err := Open(folder(t, 9), Options{Size: 8})
	if err != nil {
		t.Fatal(err)
	}
	b := core.Batch{N: 1, H: 8, W: 8, C: 3, Data: make([]byte, 192)}
	wantCode(t, s.Read([]int64{7}, b), core.EInval, "images: indices: want 0 to 6, got 7 at place 0")
	wantCode(t, s.Read([]int64{-1}, b), core.EInval, "got -1")
	wantCode(t, s.Read([]int64{0, 1}, b), core.EShape, "images: out: want shape (2, 8, 8, 3), got (1, 8, 8, 3)")
	wantCode(t, s.Read(nil, b), core.EShape, "(7, 8, 8, 3)")
	b.Data = b.Data[1:]
	wantCode(t, s.Read([]int64{0}, b), core.EShape, "192 bytes")
}

func TestAFileThatBreaksLater(t *testing.T) {
	root := folder(t, 9)
	s, err := Open(root, Options{Size: 8, Cache: -1})
	if err != nil {
		t.Fatal(err)
	}
	broken := s.Paths()[2]
	if err := os.Truncate(broken, 60); err != nil {
		t.Fatal(err)
	}
	b := core.Batch{N: 1, H: 8, W: 8, C: 3, Data: make([]byte, 192)}
	b.Data[7] = 1
	for range 2 { // it is a problem once, and its picture is black
		if err := s.Read([]int64{2}, b); err != nil || !bytes.Equal(b.Data, make([]byte, 192)) {
			t.Error(err, b.Data)
		}
	}
	if p := s.Problems(); len(p) != 3 || p[2].Path != broken || !strings.Contains(p[2].Reason, "PNG") {
		t.Error(p)
	}
	if err := os.Remove(broken); err != nil { // the file system's fault is an error
		t.Fatal(err)
	}
	wantCode(t, s.Read([]int64{2}, b), core.EIO, "images: "+broken, "no such file")
	if err := s.Read([]int64{1}, b); err != nil {
		t.Error("the others suffer:", err)
	}
}

func TestArrayIsNotCopied(t *testing.T) {
	b := core.Batch{N: 2, H: 3, W: 4, C: 3, Data: make([]byte, 72)}
	s, err := FromBatch(b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if &s.whole.Data[0] != &b.Data[0] || s.Len() != 2 || s.Paths() != nil || s.Labels() != nil {
		t.Fatal("not the array itself")
	}
	_, err = FromBatch(core.Batch{}, Options{})
	wantCode(t, err, core.EShape, "images: source")
	small, err := FromBatch(b, Options{Size: 2, Cache: -1})
	if err != nil {
		t.Fatal(err)
	}
	cached, err := FromBatch(b, Options{Size: 2})
	if err != nil || !bytes.Equal(all(t, small), all(t, cached)) {
		t.Fatal(err)
	}
}

func TestNPY(t *testing.T) {
	dir := t.TempDir()
	data := make([]byte, 5*4*6)
	for i := range data {
		data[i] = byte(i)
	}
	path := filepath.Join(dir, "digits.dat") // the content decides
	if err := npy.WriteFile(path, npy.FromUint8(data, 5, 4, 6)); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if h, w, c := s.Shape(); s.Len() != 5 || h != 4 || w != 6 || c != 1 || !bytes.Equal(all(t, s), data) {
		t.Fatal(s.Len(), h, w, c)
	}
	colour, err := Open(path, Options{Cache: -1})
	if err != nil {
		t.Fatal(err)
	}
	if got := all(t, colour); got[3*7] != 7 || got[3*7+2] != 7 {
		t.Fatal(got[:30])
	}
	if err := os.Truncate(path, 130); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Set{s, colour} {
		h, w, c := s.Shape()
		b := core.Batch{N: 1, H: h, W: w, C: c, Data: make([]byte, h*w*c)}
		wantCode(t, s.Read([]int64{4}, b), core.EIO, "cut short")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		wantCode(t, s.Read([]int64{0}, b), core.EInval, "indices")
	}
	for name, a := range map[string]npy.Array{
		"want dtype |u1, got <f4":          npy.FromFloat32(make([]float32, 48), 1, 4, 4, 3),
		"(n, h, w, c)":                     npy.FromUint8(data, 120),
		"none of 0, got (0, 4, 4, 3)":      npy.FromUint8(nil, 0, 4, 4, 3),
		"none of them 0, got (5, 4, 3, 2)": npy.FromUint8(data, 5, 4, 3, 2),
	} {
		if err := npy.WriteFile(path, a); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "images: "+path) || !strings.Contains(err.Error(), strings.TrimPrefix(name, "none of 0, ")) {
			t.Errorf("want %q, got %v", name, err)
		}
	}
}

func TestBudgetLetsTheBigOneWait(t *testing.T) {
	b := newBudget(10)
	one, two := b.take(4), b.take(4)
	got := make(chan func())
	go func() { got <- b.take(100) }() // more than there is: everything
	time.Sleep(5 * time.Millisecond)   // time to do the wrong thing
	select {
	case <-got:
		t.Fatal("the budget was exceeded")
	default:
	}
	one()
	two()
	(<-got)()
	b.take(10)()
}
