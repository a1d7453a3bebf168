package main

// #include "bridge.h"
import "C"

import (
	"math"

	"github.com/jumelle/jumelle/augment"
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/pictures"
	"github.com/jumelle/jumelle/methods"
)

//export jmlgo_pipeline_new
func jmlgo_pipeline_new(spec *C.jmlgo_text, out *C.uintptr_t, message **C.char) C.jml_status {
	const op = "pipeline_new"
	return makeOf(op, kindPipeline, "spec_json", spec, out, message, func(document string) (any, func(), error) {
		p, err := augment.FromSpec([]byte(document))
		return p, func() {}, err
	})
}

func onPipeline(op string, pipeline C.uintptr_t, message **C.char, fn func(*augment.Pipeline) error) C.jml_status {
	return guard(op, message, func() error { return use(op, kindPipeline, pipeline, fn) })
}

//export jmlgo_pipeline_spec
func jmlgo_pipeline_spec(pipeline C.uintptr_t, buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "pipeline_spec"
	return onPipeline(op, pipeline, message, func(p *augment.Pipeline) error {
		return giveText(op, string(p.Spec()), buf, bufLen, outLen)
	})
}

// viewsOptions reads jml_views_options; views and indices are the caller's.
func viewsOptions(op string, opts *C.jmlgo_views_options) (augment.Options, error) {
	o, err := options(op, opts, func(o *C.jmlgo_views_options) { C.jml_views_options_init(o) })
	if err != nil {
		return augment.Options{}, err
	}
	if o.epoch < 0 || o.epoch > math.MaxUint32 {
		return augment.Options{}, core.Invalid(op, "epoch", "want 0 to %d, got %d", uint32(math.MaxUint32), o.epoch)
	}
	return augment.Options{Seed: uint64(o.seed), Epoch: uint32(o.epoch), Threads: int(o.threads)}, nil
}

//export jmlgo_pipeline_apply
func jmlgo_pipeline_apply(pipeline C.uintptr_t, images, indices *C.jmlgo_npy, opts *C.jmlgo_views_options, outViews *C.jmlgo_npy, message **C.char) C.jml_status {
	const op = "pipeline_apply"
	return onPipeline(op, pipeline, message, func(p *augment.Pipeline) error {
		in, err := batch(op, "pictures", images)
		if err != nil {
			return err
		}
		o, err := viewsOptions(op, opts)
		if err != nil {
			return err
		}
		taken := []span{spanOf("pictures", in.Data)}
		if indices != nil {
			if o.Indices, _, err = int64s(op, "indices", indices, in.N); err != nil {
				return err
			}
			taken = append(taken, spanOf("indices", o.Indices))
		}
		views, shape, err := bytes(op, "out_views", outViews, -1, in.N, p.Size(), p.Size(), in.C)
		if err != nil {
			return err
		}
		if err := apart(op, spanOf("out_views", views), taken...); err != nil {
			return err
		}
		o.Views = shape[0]
		return p.Apply(in, o, views)
	})
}

//export jmlgo_pipeline_apply_images
func jmlgo_pipeline_apply_images(pipeline, images C.uintptr_t, indices *C.jmlgo_npy, opts *C.jmlgo_views_options, outViews *C.jmlgo_npy, message **C.char) C.jml_status {
	const op = "pipeline_apply_images"
	return onPipeline(op, pipeline, message, func(p *augment.Pipeline) error {
		return use(op, kindImages, images, func(s *pictures.Set) error {
			o, err := viewsOptions(op, opts)
			if err != nil {
				return err
			}
			n := s.Len()
			if indices != nil {
				if o.Indices, _, err = int64s(op, "indices", indices, -1); err != nil {
					return err
				}
				n = len(o.Indices)
			}
			_, _, c := s.Shape()
			views, shape, err := bytes(op, "out_views", outViews, -1, n, p.Size(), p.Size(), c)
			if err != nil {
				return err
			}
			if err := apart(op, spanOf("out_views", views), spanOf("indices", o.Indices)); err != nil {
				return err
			}
			o.Views = shape[0]
			return p.ApplyFrom(s, c, o, views)
		})
	})
}

//export jmlgo_pipeline_explain
func jmlgo_pipeline_explain(pipeline C.uintptr_t, h, w, c, picture, view C.int64_t, opts *C.jmlgo_views_options, buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "pipeline_explain"
	return onPipeline(op, pipeline, message, func(p *augment.Pipeline) error {
		o, err := viewsOptions(op, opts)
		if err != nil {
			return err
		}
		drawn, err := p.Explain(int(h), int(w), int(c), o.Seed, o.Epoch, int64(picture), int(view))
		if err != nil {
			return err
		}
		return giveJSON(op, drawn, buf, bufLen, outLen)
	})
}

//export jmlgo_pipeline_free
func jmlgo_pipeline_free(pipeline C.uintptr_t) { release(kindPipeline, pipeline) }

//export jmlgo_epoch_order
func jmlgo_epoch_order(seed C.uint64_t, epoch C.int64_t, outOrder *C.jmlgo_npy, message **C.char) C.jml_status {
	const op = "epoch_order"
	return guard(op, message, func() error {
		if epoch < 0 || epoch > math.MaxUint32 {
			return core.Invalid(op, "epoch", "want 0 to %d, got %d", uint32(math.MaxUint32), epoch)
		}
		order, _, err := int64s(op, "out_order", outOrder, -1)
		if err == nil {
			methods.EpochOrder(uint64(seed), uint32(epoch), order)
		}
		return err
	})
}

//export jmlgo_overlap
func jmlgo_overlap(opts *C.jmlgo_overlap_options, outExact, outMeasured *C.double, message **C.char) C.jml_status {
	const op = "overlap"
	return guard(op, message, func() error {
		o, err := options(op, opts, func(o *C.jmlgo_overlap_options) { C.jml_overlap_options_init(o) })
		if err != nil {
			return err
		}
		if o.samples < 1 { // 0 is a default in Go only
			return core.Invalid(op, "samples", "want 1 to %d, got %d", 1<<30, o.samples)
		}
		result, err := augment.Overlap(augment.OverlapOptions{
			H: int(o.height), W: int(o.width),
			Scale:   [2]float64{float64(o.scale_min), float64(o.scale_max)},
			Ratio:   [2]float64{float64(o.ratio_min), float64(o.ratio_max)},
			Samples: int(o.samples), Seed: uint64(o.seed),
		})
		if err != nil {
			return err
		}
		if outExact != nil {
			*outExact = C.double(result.Exact)
		}
		if outMeasured != nil {
			*outMeasured = C.double(result.Measured)
		}
		return nil
	})
}
