package train

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/methods"
)

// halves is whether these kernels and this processor have bfloat16.
func halves(t *testing.T) bool {
	t.Helper()
	backend, _, err := Backend(0)
	if err != nil {
		t.Fatal(err)
	}
	b, ok := backend.(kernel.Halving)
	return ok && b.BFloat16() != nil
}

func inPrecision(precision string, n int) string {
	return specOf(`"method": "simclr", "projection": [64, 32], "precision": "`+precision+`"`, n)
}

// The first losses in bfloat16 are near those in float32 (later ones drift apart, as
// those of any two roundings do) and not the same; a run goes on from a file as if it
// had not been interrupted.
func TestBFloat16Trains(t *testing.T) {
	if !halves(t) {
		t.Skip("NOT TESTED: these kernels or this processor have no bfloat16")
	}
	pictures, _ := made(256)
	const most = 12
	full := steps(t, newTrainerFor(t, inPrecision("float32", 256)), pictures, most)
	trainer := newTrainerFor(t, inPrecision("bfloat16", 256))
	half := steps(t, trainer, pictures, most/2)
	path := filepath.Join(t.TempDir(), "run.npz")
	if err := trainer.Save(path); err != nil {
		t.Fatal(err)
	}
	half = append(half, steps(t, trainer, pictures, most/2)...)
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	for i, s := range steps(t, again, pictures, most/2) {
		if s != half[most/2+i] {
			t.Fatalf("step %d of a loaded run: want %+v, got %+v", i, half[most/2+i], s)
		}
	}
	if !bytes.Contains(again.Spec(), []byte(`"precision":"bfloat16"`)) {
		t.Errorf("the document says %s", again.Spec())
	}
	same := true
	for i := range half {
		same = same && half[i].Loss == full[i].Loss
		if d := math.Abs(half[i].Loss - full[i].Loss); i < 4 && !(d < 0.02) {
			t.Errorf("step %d: loss %g, and %g in float32", i, half[i].Loss, full[i].Loss)
		}
	}
	if same {
		t.Error("losses are those of float32: nothing was rounded")
	}
}

func TestPrecisionThatIsRefused(t *testing.T) {
	for precision, says := range map[string]string{
		"float16": `trainer_new: precision: want one of float32, bfloat16, got "float16"`,
		"bfloat":  `trainer_new: precision: want one of float32, bfloat16, got "bfloat" (did you mean "bfloat16"?)`,
		"":        `trainer_new: precision: want one of [float32 bfloat16], got nothing`,
	} {
		if _, err := New([]byte(inPrecision(precision, 0))); err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%q: want %s, got %v", precision, says, err)
		}
	}
	if halves(t) {
		return
	}
	_, err := New([]byte(inPrecision("bfloat16", 0)))
	if err == nil || !strings.HasPrefix(err.Error(), `trainer_new: precision: want "float32"`) || !strings.HasSuffix(err.Error(), `got "bfloat16"`) {
		t.Errorf("without bfloat16: got %v", err)
	}
}

// A run in bfloat16 that comes from elsewhere is opened all the same.
func TestBFloat16IsOpenedWithoutIt(t *testing.T) {
	if halves(t) {
		t.Skip("NOT TESTED: this processor has bfloat16")
	}
	spec, err := methods.ParseSpec("trainer_new", []byte(inPrecision("bfloat16", 256)))
	if err != nil {
		t.Fatal(err)
	}
	kernels, _, err := Backend(0)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := methods.NewTrainer(spec, kernels)
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Free()
	path := filepath.Join(t.TempDir(), "run.npz")
	if err := elsewhere.Save(path); err != nil {
		t.Fatal(err)
	}
	here, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(here.Close)
	pictures, _ := made(256)
	got, want := steps(t, here, pictures, 2), steps(t, newTrainerFor(t, inPrecision("float32", 256)), pictures, 2)
	if got[1] != want[1] {
		t.Errorf("want the steps of float32, %+v, got %+v", want[1], got[1])
	}
}
