package pictures

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
)

func TestPackAndOpen(t *testing.T) {
	root := folder(t, 12)
	dir := t.TempDir()
	var first []byte
	for name, opt := range map[string]Options{"decoded": {Size: 8}, "no cache": {Size: 8, Cache: -1}, "headers": {Size: 8, Check: CheckNone}} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(root, opt)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "out.npy")
			if err := Pack(s, path); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = content
			}
			if !bytes.Equal(content, first) {
				t.Error("another file than before")
			}
			p, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if p.whole.Data == nil {
				t.Fatal("not mapped")
			}
			good, err := Open(root, Options{Size: 8, Check: CheckAll}) // without the two broken files
			if err != nil {
				t.Fatal(err)
			}
			if p.Len() != 10 || !bytes.Equal(all(t, p), all(t, good)) || !slices.Equal(p.Paths(), good.Paths()) || !slices.Equal(p.Labels(), good.Labels()) || !slices.Equal(p.Classes(), good.Classes()) || !slices.Equal(p.Problems(), good.Problems()) {
				t.Error("the pack is another set", p.Problems())
			}
			if left, _ := os.ReadDir(dir); len(left) != 2 {
				t.Error("files left behind:", left)
			}
		})
	}
	// A packed file can be packed again, smaller, over itself.
	path := filepath.Join(dir, "out.npy")
	p, err := Open(path, Options{Size: 4})
	if err != nil {
		t.Fatal(err)
	}
	if err := Pack(p, path); err != nil {
		t.Fatal(err)
	}
	q, err := Open(path, Options{})
	if err != nil || q.Len() != 10 || !slices.Equal(q.Labels(), p.Labels()) || !bytes.Equal(all(t, q), all(t, p)) {
		t.Fatal(err)
	}
}

func TestPackDocument(t *testing.T) {
	root := t.TempDir()
	put(t, root, "a.png", asPNG(t, sample(4, 4)))
	s, err := Open(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "p.npy")
	if err := Pack(s, path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil || doc["labels"] != nil || doc["classes"] != nil || doc["pictures"] != 1.0 || len(doc["paths"].([]any)) != 1 {
		t.Fatalf("%s %v", text, err)
	}
	// A document of other pictures would give wrong labels.
	if err := npy.WriteFile(path, npy.FromUint8(make([]byte, 96), 2, 4, 4, 3)); err != nil {
		t.Fatal(err)
	}
	_, err = Open(path, Options{})
	wantCode(t, err, core.ENpy, path+".json", "belongs to another .npy file")
	for name, c := range map[string]string{
		"format":    `{"kind": "jumelle pictures", "format": 2}`,
		"labels -1": `{"kind": "jumelle pictures", "format": 1, "pictures": 2, "labels": [0, 1], "classes": ["a"]}`,
	} {
		put(t, filepath.Dir(path), "p.npy.json", []byte(c))
		_, err = Open(path, Options{})
		wantCode(t, err, core.ENpy, path+".json", strings.Fields(name)[0])
	}
	// What is not ours is left alone.
	for _, c := range []string{`{"labels": [1, 2, 3]}`, `not JSON`} {
		put(t, filepath.Dir(path), "p.npy.json", []byte(c))
		if s, err := Open(path, Options{}); err != nil || s.Labels() != nil {
			t.Fatal(err)
		}
	}
}

func TestPackThatFailsLeavesTheOldFile(t *testing.T) {
	root := folder(t, 9)
	path := filepath.Join(t.TempDir(), "p.npy")
	s, err := Open(root, Options{Size: 8, Cache: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := Pack(s, path); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	if err := os.Remove(s.Paths()[4]); err != nil {
		t.Fatal(err)
	}
	wantCode(t, Pack(s, path), core.EIO, s.Paths()[4])
	after, _ := os.ReadFile(path)
	if left, _ := os.ReadDir(filepath.Dir(path)); !bytes.Equal(before, after) || len(left) != 2 {
		t.Fatal("the old files changed:", left)
	}
	wantCode(t, Pack(s, filepath.Join(path, "x.npy")), core.EIO, "pack: "+path)
	bad, err := Open(folder(t, 9), Options{}) // pictures of three sizes
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, Pack(bad, path), core.EShape, "size")
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Fatal("the old file changed")
	}
}
