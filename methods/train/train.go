// Package train joins views to learning: a Trainer takes pictures, makes their
// views with augment and hands them to a methods.Trainer. C and Python call it;
// a Go program may as well, or do with augment and methods what it likes.
//
// It owns the choice of kernels and the file format of a run.
package train

import (
	"encoding/json"
	"math"
	"time"

	"github.com/jumelle/jumelle/augment"
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/nn"
	"github.com/jumelle/jumelle/methods"
)

// Trainer is a training run that starts from pictures. One goroutine at a time
// may use it; Close returns its memory.
type Trainer struct {
	spec     methods.Spec
	inner    *methods.Trainer
	backend  kernel.Backend
	pipeline *augment.Pipeline
	resize   *augment.Pipeline // the transform of Encode, for pictures of another size
	views    []byte
	rows     []int64 // of their pictures
	resized  []byte

	making  time.Duration // of views, in the steps since the last profile
	profile []byte        // the last one's document
}

// New makes a trainer of its spec's document: see methods.Spec.
func New(document []byte) (*Trainer, error) {
	spec, err := methods.ParseSpec("trainer_new", document)
	if err != nil {
		return nil, err
	}
	backend, err := backendOf("trainer_new", spec)
	if err != nil {
		return nil, err
	}
	t, err := newTrainer("trainer_new", spec, backend)
	if err != nil {
		return nil, err
	}
	if t.inner, err = methods.NewTrainer(t.spec, t.backend); err != nil {
		return nil, err
	}
	return t, nil
}

// newTrainer makes what surrounds the methods.Trainer of a spec.
func newTrainer(op string, spec methods.Spec, backend kernel.Backend) (*Trainer, error) {
	pipeline, err := viewsOf(op, &spec)
	if err != nil {
		return nil, err
	}
	resize, err := preset("test", augment.PresetOptions{Size: spec.Size})
	if err != nil {
		return nil, err
	}
	return &Trainer{spec: spec, backend: backend, pipeline: pipeline, resize: resize}, nil
}

// Spec is the run's whole document.
func (t *Trainer) Spec() []byte { return t.spec.Document() }

// BatchSize is the number of pictures that Next names.
func (t *Trainer) BatchSize() int { return t.spec.BatchSize }

// Next writes which pictures the next step wants: see methods.Trainer.Next.
func (t *Trainer) Next(out []int64) error { return t.inner.Next(out) }

// History has the statistics of every step so far.
func (t *Trainer) History() []methods.Stats { return t.inner.History() }

// Warnings says what keeps the run from learning: see methods.Warnings.
func (t *Trainer) Warnings() []methods.Warning { return t.inner.Warnings() }

// Step makes views of pictures and takes one optimizer step. pictures are those
// that Next named; where the spec has no "pictures", any two or more. After an
// error nothing was updated.
func (t *Trainer) Step(pictures core.Batch) (methods.Stats, error) {
	const op = "trainer_step"
	if err := pictures.Check(op, "images"); err != nil {
		return methods.Stats{}, err
	}
	spec := t.spec
	if pictures.C != spec.Channels {
		return methods.Stats{}, core.Errorf(core.EShape, op, "images", "want shape (n, h, w, %d), got (%d, %d, %d, %d)",
			spec.Channels, pictures.N, pictures.H, pictures.W, pictures.C)
	}
	if pictures.N < 2 {
		return methods.Stats{}, core.Errorf(core.EShape, op, "images", "want at least 2 pictures, got %d", pictures.N)
	}
	if spec.Pictures > 0 && pictures.N != spec.BatchSize {
		return methods.Stats{}, core.Errorf(core.EShape, op, "images", "want batch_size = %d pictures, got %d", spec.BatchSize, pictures.N)
	}
	indices, err := t.indices(pictures.N)
	if err != nil {
		return methods.Stats{}, err
	}
	shape := [5]int{t.inner.Views(), pictures.N, spec.Size, spec.Size, spec.Channels}
	t.views = core.Sized(t.views, shape[0]*shape[1]*shape[2]*shape[3]*shape[4])
	start := time.Now()
	options := augment.Options{Views: shape[0], Seed: spec.Seed, Epoch: uint32(t.inner.Epoch()), Indices: indices}
	if err := t.pipeline.Apply(pictures, options, t.views); err != nil {
		return methods.Stats{}, err
	}
	t.making += time.Since(start)
	return t.inner.StepViews(t.views, shape)
}

// indices are what the views of the next step's pictures are keyed by: their rows
// in the data set, or where its size is not known the count of pictures so far.
func (t *Trainer) indices(n int) ([]int64, error) {
	t.rows = core.Sized(t.rows, n)
	indices := t.rows
	if t.spec.Pictures > 0 {
		return indices, t.inner.Next(indices)
	}
	for i := range indices {
		indices[i] = (t.inner.Seen() + int64(i)) % (math.MaxUint32 + 1)
	}
	return indices, nil
}

// StepViews takes one step on the caller's own views, uint8 (V, N, size, size, C).
func (t *Trainer) StepViews(views []byte, shape [5]int) (methods.Stats, error) {
	return t.inner.StepViews(views, shape)
}

// EncodeOptions says which features Encode gives. The zero value: the encoder's.
type EncodeOptions struct {
	Block     int  // the pooled features after this block; 0: the last
	Projected bool // the projection head's output instead
}

func (o EncodeOptions) output(op string) (nn.Output, error) {
	if o.Projected && o.Block != 0 {
		return nn.Output{}, core.Invalid(op, "block", "want 0 together with projected, got %d", o.Block)
	}
	if o.Projected {
		return nn.Output{Head: "projection"}, nil
	}
	return nn.Output{Block: o.Block}, nil
}

// Dim is the number of values that Encode gives for one picture.
func (t *Trainer) Dim(options EncodeOptions) (int, error) {
	output, err := options.output("trainer_dim")
	if err != nil {
		return 0, err
	}
	return t.inner.Dim(output)
}

// Encode writes features (N, Dim) of pictures, with the statistics learned in
// training. Pictures of another size than the spec's are resized, shorter side
// to size, and centre cropped.
func (t *Trainer) Encode(pictures core.Batch, options EncodeOptions, out []float32) error {
	const op = "trainer_encode"
	if err := pictures.Check(op, "images"); err != nil {
		return err
	}
	output, err := options.output(op)
	if err != nil {
		return err
	}
	spec := t.spec
	if size := spec.Size; pictures.C == spec.Channels && (pictures.H != size || pictures.W != size) {
		t.resized = core.Sized(t.resized, pictures.N*size*size*pictures.C)
		if err := t.resize.Apply(pictures, augment.Options{Views: 1}, t.resized); err != nil {
			return err
		}
		pictures = core.Batch{N: pictures.N, H: size, W: size, C: pictures.C, Data: t.resized}
	}
	return t.inner.Encode(pictures, output, out)
}

// Close returns the memory of the networks. The trainer is not used after it.
func (t *Trainer) Close() { t.inner.Free() }

// Profile is the document (methods.Profile) of where the time and the memory of a
// step go: of the last measurement, or of a new one. Measuring takes about as long
// as ten steps and changes nothing that training keeps.
func (t *Trainer) Profile(again bool) ([]byte, error) {
	if !again && t.profile != nil {
		return t.profile, nil
	}
	p, err := t.inner.Profile()
	if err != nil {
		return nil, err
	}
	p.Step.Views = t.making.Seconds() / math.Max(1, float64(p.Steps))
	t.making = 0
	t.profile, err = json.Marshal(p)
	return t.profile, err
}
