package pictures

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// realData is a folder of real pictures, which the project does not carry: beside
// the project, or where JUMELLE_DATA says.
func realData(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("JUMELLE_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(root, name)); err != nil {
		fmt.Fprintf(os.Stderr, "%s: NOT TESTED: %v\n", t.Name(), err)
		t.Skip("SKIPPED:", err)
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
	for _, m := range rows {
		path := filepath.Join(root, m.path)
		s, err := OpenFiles([]string{path}, Options{})
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
	peak := peakMB(t)
	if peak >= 1024 && !raceDetector { // whose own memory is several times the program's
		t.Errorf("the process grew to %d MB", peak)
	}
	t.Logf("%d files, process at most %d MB", len(rows), peak)
}

// peakMB is the most memory that the process had so far.
func peakMB(t *testing.T) (mb int) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc here:", err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	if _, err := fmt.Sscan(after, &mb); err != nil {
		t.Fatal(err)
	}
	return mb >> 10
}

func TestOddFolderAtOnce(t *testing.T) {
	root := realData(t, "odd")
	for name, check := range map[string]Check{"decoded": CheckAll, "headers": CheckNone} {
		t.Run(name, func(t *testing.T) { oddFolder(t, root, check) })
	}
}

// oddFolder reads the whole folder; what was found to be broken when opening and
// what when reading are one list in the end.
func oddFolder(t *testing.T, root string, check Check) {
	s, err := Open(root, Options{Size: 32, Check: check})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all(t, s)
	state := map[string]bool{}
	for _, p := range s.Paths() {
		state[p] = true
	}
	for _, p := range s.Problems() {
		if state[p.Path] && check == CheckAll {
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
	if found := s.Len() + len(s.Problems()); check == CheckAll && found != len(state) || check == CheckNone && found <= len(state) {
		t.Errorf("%d pictures and %d problems of %d files: want those with a sound header to be pictures where only headers are read", s.Len(), len(s.Problems()), len(state))
	}
}

func sscanSize(s string, w, h *int) (int, error) { return fmt.Sscanf(s, "%dx%d", w, h) }
