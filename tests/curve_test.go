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

// TestSameCurve: the language is no part of the result. The C program also saves
// halfway, loads, and goes on with both trainers: resuming is exact.
func TestSameCurve(t *testing.T) {
	const steps, batch, epochs = 6, 32, 2
	c, g := compile(t, "trainer", sanitize...), output(t, "train")
	goBuild(t, kernelTags(), g, "./tests/go/train")
	files := pictureFiles(t)
	sliced := files[0]
	sliced.name, sliced.micro = sliced.name+" in slices", batch/4
	for _, data := range append(files, sliced) {
		t.Run(data.name, func(t *testing.T) {
			folder := t.TempDir()
			spec := filepath.Join(folder, "spec.json")
			document := fmt.Sprintf(`{"method": "simclr", "encoder": "small", "size": %d, "batch_size": %d, "micro_batch": %d, "epochs": %d, "pictures": %d, "seed": 7, "threads": 2}`,
				data.size, batch, data.micro, epochs, steps*batch/epochs)
			if err := os.WriteFile(spec, []byte(document), 0o644); err != nil {
				t.Fatal(err)
			}
			fromC := readCurve(t, run(t, suppressions(), c, data.path, spec, folder, strconv.Itoa(steps)))
			if len(fromC.losses) != steps || fromC.features == "" {
				t.Fatalf("the C program printed %d losses and features %q", len(fromC.losses), fromC.features)
			}
			first, last := math.Float64frombits(fromC.losses[0]), math.Float64frombits(fromC.losses[steps-1])
			t.Logf("loss %.6f -> %.6f, uninformed ln(2n-1) = %.6f", first, last, math.Log(2*batch-1))
			if fromC.losses[0] == fromC.losses[steps-1] {
				t.Errorf("nothing was learned: the loss stayed %v", first)
			}
			fromGo := readCurve(t, run(t, nil, g, data.path, spec, strconv.Itoa(steps)))
			if fmt.Sprint(fromC) != fmt.Sprint(fromGo) {
				t.Errorf("C and Go differ:\n%x\n%x", fromC, fromGo)
			}
			python := os.Getenv("JUMELLE_TEST_PYTHON")
			if python == "" {
				fmt.Fprintln(os.Stderr, "tests: JUMELLE_TEST_PYTHON does not name a Python with NumPy: NOT COMPARED with Python")
				return
			}
			env := []string{"PYTHONPATH=" + inRoot("python", "src"), "PYTHONDONTWRITEBYTECODE=1", "JUMELLE_LIBRARY=" + library(t)}
			fromPython := readCurve(t, run(t, env, python, "-c", pythonTrain, data.path, spec))
			if fmt.Sprint(fromC) != fmt.Sprint(fromPython) {
				t.Errorf("C and Python differ:\n%x\n%x", fromC, fromPython)
			}
		})
	}
}

// pythonTrain is the same run as tests/c/trainer.c and tests/go/train, by the
// public package.
const pythonTrain = `
import json, sys
import numpy as np
import jumelle as jm

spec = json.load(open(sys.argv[2]))
images = np.load(sys.argv[1], mmap_mode="r")
assert spec.pop("method") == "simclr"
model = jm.SimCLR(**{k: v for k, v in spec.items() if k != "pictures"}, verbose=False)
model.fit(np.ascontiguousarray(images[:spec["pictures"]]))
for i, loss in enumerate(model.history_["loss"], 1):
    print("loss", i, float(loss).hex())
h = 14695981039346656037
for byte in model.transform(np.ascontiguousarray(images[:32])).tobytes():
    h = (h ^ byte) * 1099511628211 % 2**64
print(f"features {h:x}")
`

type pictureFile struct {
	name, path string
	size       int
	micro      int // pictures of a slice; 0: the whole batch
}

// pictureFiles is made-up pictures, and real ones where JUMELLE_DATA names a
// folder with cifar10/train_images.npy.
func pictureFiles(t *testing.T) []pictureFile {
	t.Helper()
	files := []pictureFile{madeUp(t)}
	real := filepath.Join(os.Getenv("JUMELLE_DATA"), "cifar10", "train_images.npy")
	if os.Getenv("JUMELLE_DATA") == "" {
		fmt.Fprintln(os.Stderr, "tests: JUMELLE_DATA is not set: NOT TESTED on real pictures")
	} else if f, err := npy.Open(real); err != nil {
		t.Fatalf("JUMELLE_DATA is set, but: %v", err)
	} else {
		files = append(files, pictureFile{name: "cifar10", path: real, size: f.Array.Shape[1]})
		f.Close()
	}
	return files
}

// madeUp is 256 pictures of a coloured square on a ground of another colour.
func madeUp(t *testing.T) pictureFile {
	t.Helper()
	const n, size, side = 256, 32, 8
	data := make([]byte, n*size*size*3)
	stream := rng.Key{Seed: 1}.Stream()
	for i := range n {
		var ground, square [3]byte
		for k := range 3 {
			ground[k], square[k] = byte(stream.Uint32()), byte(stream.Uint32())
		}
		x0, y0 := int(stream.Uint32()%(size-side)), int(stream.Uint32()%(size-side))
		for p := range size * size {
			colour := ground
			if x, y := p%size-x0, p/size-y0; x >= 0 && x < side && y >= 0 && y < side {
				colour = square
			}
			copy(data[(i*size*size+p)*3:], colour[:])
		}
	}
	path := filepath.Join(t.TempDir(), "made.npy")
	if err := npy.WriteFile(path, npy.FromUint8(data, n, size, size, 3)); err != nil {
		t.Fatal(err)
	}
	return pictureFile{name: "made-up", path: path, size: size}
}
