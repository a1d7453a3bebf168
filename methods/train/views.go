package train

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/jumelle/jumelle/augment"
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/methods"
)

// Presets are methods.Presets with the pipeline of each: complete documents.
func Presets() ([]methods.Spec, error) {
	list := methods.Presets()
	for i := range list {
		if _, err := viewsOf("presets", &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// viewsOf makes the spec's pipeline and writes its whole document into the spec.
func viewsOf(op string, spec *methods.Spec) (*augment.Pipeline, error) {
	pipeline, err := pipelineOf(spec)
	if err != nil {
		return nil, &core.Error{Code: core.EInval, Op: op, Argument: "augment", Err: err}
	}
	if pipeline.Size() != spec.Size {
		return nil, core.Invalid(op, "augment", "want views of the run's size, %d, got size %d", spec.Size, pipeline.Size())
	}
	spec.Augment = pipeline.Spec()
	return pipeline, nil
}

func pipelineOf(spec *methods.Spec) (*augment.Pipeline, error) {
	if document := []byte(spec.Augment); len(document) > 0 && !bytes.Equal(document, []byte("null")) {
		return augment.FromSpec(document)
	}
	return methodViews(spec)
}

// methodViews is the views that the method's paper has. Under the preset "small"
// they are not blurred, SimCLR's colours are jittered half as much, as in its own
// runs on CIFAR-10, and crops are wider: 8 % of a small picture is too little to
// learn from in few epochs (Tian et al. 2020 find the best crops from 20 % on).
func methodViews(spec *methods.Spec) (*augment.Pipeline, error) {
	paper := spec.Preset == "paper"
	name, options := spec.Method, augment.PresetOptions{Size: spec.Size, Blur: &paper}
	switch {
	case spec.Method == "simclr" && paper:
		options.Strength = new(1.0)
	case spec.Method == "moco" && spec.Version == 3: // the paper crops BYOL's pair from a fifth on
		return preset("byol", options, widerCrops)
	case spec.Method == "moco":
		name = fmt.Sprintf("moco_v%d", spec.Version)
		if spec.Version == 1 {
			options.Blur = nil // it has none
		}
	}
	if paper {
		return preset(name, options)
	}
	return preset(name, options, widerCrops)
}

// widerCrops makes crops of at least a fifth of a picture.
func widerCrops(s augment.Spec) {
	lists := [][]augment.Operation{s.Operations}
	for _, v := range s.Views {
		lists = append(lists, v.Operations)
	}
	for _, o := range slices.Concat(lists...) {
		if crop, ok := o.(*augment.RandomResizedCrop); ok {
			crop.Scale[0] = 0.2
		}
	}
}

// preset is a pipeline of augment's, changed before it is made.
func preset(name string, options augment.PresetOptions, changes ...func(augment.Spec)) (*augment.Pipeline, error) {
	s, err := augment.Preset(name, options)
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		change(s)
	}
	document, err := s.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return augment.FromSpec(document)
}
