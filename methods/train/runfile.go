package train

import (
	"github.com/jumelle/jumelle/methods"
)

// Save writes everything that training on needs into one .npz file at path, under
// a temporary name first: a file already there stays until the new one is whole.
func (t *Trainer) Save(path string) error { return t.inner.Save(path) }

// Load makes a trainer that goes on where Save left off, to the last bit (on the
// same machine, with the same number of threads). A run in bfloat16 goes on in
// float32, as its weights are, where the processor has none of it.
func Load(path string) (*Trainer, error) {
	run, err := methods.ReadRun(path)
	if err != nil {
		return nil, err
	}
	backend, err := backendOf("load", run.Spec)
	if err != nil {
		backend, _, err = Backend(run.Spec.Threads)
	}
	if err != nil {
		return nil, err
	}
	t, err := newTrainer("load", run.Spec, backend)
	if err != nil {
		return nil, err
	}
	if t.inner, err = run.Resume(t.backend); err != nil {
		return nil, err
	}
	return t, nil
}
