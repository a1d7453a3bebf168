package pictures

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
)

// realData is a folder of real pictures, which the project does not carry.
func realData(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("JUMELLE_DATA")
	if root == "" {
		t.Skip("SKIPPED: JUMELLE_DATA is not set, so no real picture was read")
	}
	return filepath.Join(root, name)
}

// manifest is one line of odd/MANIFEST.tsv.
type manifest struct{ path, what, pillow, orientation, goStd string }

func readManifest(t *testing.T, root string) []manifest {
	f, err := os.Open(filepath.Join(root, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []manifest
	for _, row := range rows[1:] {
		out = append(out, manifest{row[0], row[4], row[5], row[6], row[7]})
	}
	return out
}

// differs lists the files that we read although Pillow 9.4 does not, or the
// other way round, with the reason.
var differs = map[string]string{
	"exif/truncated_exif_dpi.jpg": "the picture is whole, only its metadata is broken",
	"gif/no_palette.gif":          "a frame without any colour table has no colours",
	"gif/oob.gif":                 "the frame lies outside the picture",
}

func TestOddFilesComeOutAsTheManifestSays(t *testing.T) {
	root := realData(t, "odd")
	rows := readManifest(t, root)
	if len(rows) < 100 {
		t.Fatal("the manifest has only", len(rows), "files")
	}
	var peak uint64
	for _, m := range rows {
		path := filepath.Join(root, m.path)
		s, err := OpenFiles([]string{path}, Options{})
		var ms runtime.MemStats
		runtime.ReadMemStats(&ms)
		peak = max(peak, ms.Sys)
		want := strings.HasPrefix(m.pillow, "ok ")
		if _, ok := differs[m.path]; ok {
			want = !want
		}
		if got := err == nil; got != want {
			t.Errorf("%s (%s): want read %v, got %v", m.path, m.pillow, want, err)
			continue
		}
		if err != nil {
			t.Logf("%-40s %v", m.path, err)
			continue
		}
		h, w, _ := s.Shape()
		if size := strings.Fields(m.pillow); size[0] == "ok" {
			var pw, ph int
			if _, err := sscanSize(size[2], &pw, &ph); err != nil {
				t.Fatal(err)
			}
			if o := m.orientation; o >= "5" && o <= "8" {
				pw, ph = ph, pw
			}
			if pw != w || ph != h {
				t.Errorf("%s: want %d x %d, got %d x %d", m.path, pw, ph, w, h)
			}
		}
	}
	if peak > 1<<30 {
		t.Errorf("the process grew to %d MB", peak>>20)
	}
	t.Logf("%d files, process at most %d MB", len(rows), peak>>20)
}

func TestOddFolderAtOnce(t *testing.T) {
	root := realData(t, "odd")
	s, err := Open(root, Options{Size: 32})
	if err != nil {
		t.Fatal(err)
	}
	state := map[string]bool{}
	for _, p := range s.Paths() {
		state[p] = true
	}
	for _, p := range s.Problems() {
		if state[p.Path] {
			t.Errorf("%s is a picture and a problem", p.Path)
		}
		state[p.Path] = false
		t.Logf("%s: %s", p.Path, p.Reason)
	}
	for _, m := range readManifest(t, root) {
		want := strings.HasPrefix(m.pillow, "ok ")
		if _, ok := differs[m.path]; ok {
			want = !want
		}
		got, listed := state[filepath.Join(root, m.path)]
		if got != want || listed == isLitter(filepath.Base(m.path)) {
			t.Errorf("%s: want %v, got %v, listed %v", m.path, want, got, listed)
		}
	}
	all := core.Batch{N: s.Len(), H: 32, W: 32, C: 3, Data: make([]byte, s.Len()*32*32*3)}
	if err := s.Read(nil, all); err != nil {
		t.Fatal(err)
	}
}

func sscanSize(s string, w, h *int) (int, error) { return fmt.Sscanf(s, "%dx%d", w, h) }
