package tests

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/npy"
	"github.com/jumelle/jumelle/core/rng"
)

// curve is what a training program printed: the bits of each step's loss, and a
// checksum of features.
type curve struct {
	losses   []uint64
	features string
}

func readCurve(t *testing.T, printed string) curve {
	t.Helper()
	var c curve
	for line := range strings.Lines(printed) {
		f := strings.Fields(line)
		switch {
		case len(f) == 3 && f[0] == "loss":
			v, err := strconv.ParseFloat(f[2], 64) // C and Go write the exponent differently
			if err != nil || math.IsNaN(v) || f[1] != strconv.Itoa(len(c.losses)+1) {
				t.Fatalf("cannot read %q", line)
			}
			c.losses = append(c.losses, math.Float64bits(v))
		case len(f) == 2 && f[0] == "features":
			c.features = f[1]
		}
	}
	return c
}

// TestSameCurveFromCAndGo: the language is no part of the result. The C program
// also saves halfway, loads, and goes on with both trainers: resuming is exact.
func TestSameCurveFromCAndGo(t *testing.T) {
	const steps = 6
	c, g := compile(t, "trainer", sanitize...), output(t, "train")
	goBuild(t, kernelTags(), g, "./tests/go/train")
	for _, data := range pictureFiles(t) {
		t.Run(data.name, func(t *testing.T) {
			folder := t.TempDir()
			spec := filepath.Join(folder, "spec.json")
			document := fmt.Sprintf(`{"method": "simclr", "encoder": "small", "size": %d, "batch_size": 32, "epochs": 2, "pictures": %d, "seed": 7, "threads": 2}`, data.size, data.n)
			if err := os.WriteFile(spec, []byte(document), 0o644); err != nil {
				t.Fatal(err)
			}
			fromC := readCurve(t, run(t, suppressions(), c, data.path, spec, folder, strconv.Itoa(steps)))
			fromGo := readCurve(t, run(t, nil, g, data.path, spec, strconv.Itoa(steps)))
			if len(fromC.losses) != steps || fromC.features == "" {
				t.Fatalf("the C program printed %d losses and features %q", len(fromC.losses), fromC.features)
			}
			if fmt.Sprint(fromC) != fmt.Sprint(fromGo) {
				t.Errorf("C and Go differ:\n%x\n%x", fromC, fromGo)
			}
			first, last := math.Float64frombits(fromC.losses[0]), math.Float64frombits(fromC.losses[steps-1])
			t.Logf("loss %.6f -> %.6f, uninformed ln(2n-1) = %.6f", first, last, math.Log(63))
			if fromC.losses[0] == fromC.losses[steps-1] {
				t.Errorf("nothing was learned: the loss stayed %v", first)
			}
		})
	}
}

type pictureFile struct {
	name, path string
	n, size    int
}

// pictureFiles is made-up pictures, and real ones where JUMELLE_DATA names a
// folder with cifar10/train_images.npy.
func pictureFiles(t *testing.T) []pictureFile {
	t.Helper()
	made := pictureFile{"made-up", filepath.Join(t.TempDir(), "made.npy"), 256, 32}
	data := make([]byte, made.n*made.size*made.size*3)
	stream := rng.Key{Seed: 1}.Stream()
	for i := range made.n { // a coloured square on a ground of another colour
		var ground, square [3]byte
		for k := range 3 {
			ground[k], square[k] = byte(stream.Uint32()), byte(stream.Uint32())
		}
		x0, y0 := int(stream.Uint32()%24), int(stream.Uint32()%24)
		for p := range made.size * made.size {
			colour := ground
			if x, y := p%made.size-x0, p/made.size-y0; x >= 0 && x < 8 && y >= 0 && y < 8 {
				colour = square
			}
			copy(data[(i*made.size*made.size+p)*3:], colour[:])
		}
	}
	if err := npy.WriteFile(made.path, npy.FromUint8(data, made.n, made.size, made.size, 3)); err != nil {
		t.Fatal(err)
	}
	files := []pictureFile{made}
	real := filepath.Join(os.Getenv("JUMELLE_DATA"), "cifar10", "train_images.npy")
	if os.Getenv("JUMELLE_DATA") == "" {
		fmt.Fprintln(os.Stderr, "tests: JUMELLE_DATA is not set: NOT TESTED on real pictures")
	} else if f, err := npy.Open(real); err != nil {
		t.Fatalf("JUMELLE_DATA is set, but: %v", err)
	} else {
		files = append(files, pictureFile{"cifar10", real, f.Array.Shape[0], f.Array.Shape[1]})
		f.Close()
	}
	return files
}
