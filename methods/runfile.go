package methods

import (
	"encoding/json"
	"strings"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/ckpt"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/npy"
	"github.com/jumelle/jumelle/core/opt"
)

// runDocument is the JSON entry of a run file.
type runDocument struct {
	Spec    json.RawMessage `json:"spec"`
	Seen    int64           `json:"pictures_seen"`
	History []Stats         `json:"history"`
}

// Save writes everything that training on needs into one file (core/ckpt): the
// spec, the networks with their statistics, the optimizer's memory, the history.
// A file already at path stays until the new one is whole.
func (t *Trainer) Save(path string) error {
	document, err := json.Marshal(runDocument{Spec: t.spec.Document(), Seen: t.seen, History: t.history})
	if err != nil {
		return &core.Error{Code: core.EIntern, Op: "save", Err: err}
	}
	return ckpt.Write(path, document, t.arrays())
}

// arrays is the trainer's state, in its own memory.
func (t *Trainer) arrays() []ckpt.Named {
	arrays := networkArrays("", t.method.Online())
	for _, a := range t.optimizer.State() {
		arrays = append(arrays, ckpt.Named{Name: optimizerPrefix + a.Name, Array: npy.FromFloat32(a.Values, len(a.Values))})
	}
	return append(arrays, t.method.State()...)
}

const optimizerPrefix = "optimizer."

// networkArrays has each parameter and statistic of a network by its name.
func networkArrays(prefix string, n *Network) []ckpt.Named {
	var arrays []ckpt.Named
	for _, p := range n.Params.List {
		values := n.Params.Values[p.Offset : p.Offset+p.Len()]
		arrays = append(arrays, ckpt.Named{Name: prefix + p.Name, Array: npy.FromFloat32(values, p.Shape...)})
	}
	for _, s := range n.Params.StatList {
		values := n.Params.Stats[s.Offset : s.Offset+s.Len()]
		arrays = append(arrays, ckpt.Named{Name: prefix + s.Name, Array: npy.FromFloat32(values, s.Shape...)})
	}
	return arrays
}

// Run is a run file, read and checked, before it becomes a trainer. A run of a
// caller's own network needs it again: set Spec.Own before Resume.
type Run struct {
	Spec     Spec
	document runDocument
	file     *ckpt.File
}

// ReadRun reads what Save wrote.
func ReadRun(path string) (*Run, error) {
	const op = "load"
	file, err := ckpt.Read(path)
	if err != nil {
		return nil, err
	}
	run := &Run{file: file}
	if err := core.DecodeStrict(op, file.Doc, &run.document); err != nil {
		return nil, &core.Error{Code: core.ENpy, Op: op, Argument: path, Err: err}
	}
	if run.Spec, err = ParseSpec(op, run.document.Spec); err != nil {
		return nil, &core.Error{Code: core.ENpy, Op: op, Argument: path, Err: err}
	}
	return run, nil
}

// Resume makes the trainer that goes on where Save left off. It checks every
// array before it uses one.
func (r *Run) Resume(backend kernel.Backend) (*Trainer, error) {
	t, err := NewTrainer(r.Spec, backend)
	if err != nil {
		return nil, err
	}
	if err := t.restore(r.file); err != nil {
		t.Free()
		return nil, err
	}
	t.seen, t.history = r.document.Seen, r.document.History
	return t, nil
}

// restore copies a file's arrays into the trainer's memory.
func (t *Trainer) restore(file *ckpt.File) error {
	var state []opt.Array
	for _, name := range file.Names {
		if short, ok := strings.CutPrefix(name, optimizerPrefix); ok {
			shape, _ := file.Shape(name)
			values, err := file.Float32s(name, shape...)
			if err != nil {
				return err
			}
			state = append(state, opt.Array{Name: short, Values: values})
		}
	}
	if err := t.optimizer.SetState(state); err != nil {
		return err
	}
	if err := file.CopyInto(append(networkArrays("", t.method.Online()), t.method.State()...)); err != nil {
		return err
	}
	if m, ok := t.method.(interface{ check() error }); ok { // numbers that a run would index by
		return m.check()
	}
	return nil
}
