package augment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jumelle/jumelle/core"
)

var update = flag.Bool("update", false, "write tests/golden/augment/checksums.json anew")

// made is pictures from whole-number formulas: areas, slopes, edges and noise,
// the same on every machine and easy to make in other languages too:
// byte k of picture i is noise in every fifth row and a slope elsewhere.
func made(n, h, w, c int) core.Batch {
	b := core.Batch{N: n, H: h, W: w, C: c, Data: make([]byte, n*h*w*c)}
	state := uint32(12345)
	for i := range b.Data {
		ch, x, y, picture := i%c, i/c%w, i/c/w%h, i/c/w/h
		state = state*1664525 + 1013904223
		b.Data[i] = byte(x*(ch+3) + y*(5-ch) + 40*picture)
		if y%5 == 0 {
			b.Data[i] = byte(state >> 24)
		}
	}
	return b
}

// The bytes of every preset and of every operation, pinned: a change of them is
// a change of Version. To change them on purpose, raise Version and run
//
//	go test ./augment -run Checksums -update
func TestChecksums(t *testing.T) {
	documents := map[string]string{"every operation": every()}
	for _, name := range presets {
		for _, size := range []int{16, 33} {
			documents[fmt.Sprintf("%s %d", name, size)] = fmt.Sprintf(`{"preset": %q, "size": %d}`, name, size)
		}
	}
	documents["simclr 32 strength 1 blur"] = `{"preset": "simclr", "size": 32, "strength": 1, "blur": true}`
	documents["bilinear 24"] = `{"size": 24, "operations": [{"op": "RandomResizedCrop", "interpolation": "bilinear"}, {"op": "HorizontalFlip"}]}`
	for _, operation := range each() {
		documents[operation] = `{"size": 16, "operations": [` + operation + `]}`
	}
	type file struct {
		Version int               `json:"version"`
		SHA256  map[string]string `json:"sha256"`
	}
	got := file{Version, map[string]string{}}
	for name, document := range documents {
		p := mustFrom(t, document)
		hash := sha256.New()
		for _, shape := range [][3]int{{16, 16, 3}, {16, 16, 1}, {47, 61, 3}, {150, 90, 3}} {
			if p.checkShapes("pictures", shape[0], shape[1]) != nil {
				continue // nothing in it changes the size
			}
			in := made(6, shape[0], shape[1], shape[2])
			hash.Write(apply(t, p, in, Options{Views: 3, Seed: 1<<40 + 7, Epoch: 3, Indices: []int64{0, 5, 1000, 4, 3, 1<<32 - 1}}))
		}
		got.SHA256[name] = hex.EncodeToString(hash.Sum(nil))
	}
	path := filepath.Join(goldenFolder, "checksums.json")
	if *update {
		text, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want file
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if want.Version != Version {
		t.Fatalf("checksums are of version %d, the package is version %d", want.Version, Version)
	}
	if len(want.SHA256) != len(got.SHA256) {
		t.Errorf("%d checksums in the file, %d here", len(want.SHA256), len(got.SHA256))
	}
	for name, sum := range got.SHA256 {
		if want.SHA256[name] != sum {
			t.Errorf("%s: other bytes than version %d gives", name, Version)
		}
	}
}
