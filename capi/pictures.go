package main

// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/pictures"
)

//export jmlgo_images_open
func jmlgo_images_open(path *C.jmlgo_text, opts *C.jmlgo_images_options, out *C.uintptr_t, message **C.char) C.jml_status {
	const op = "images_open"
	return makeOf(op, kindImages, "path", path, out, message, func(name string) (any, func(), error) {
		o, err := imagesOptions(op, opts)
		if err != nil {
			return nil, nil, err
		}
		return closingSet(pictures.Open(name, o))
	})
}

//export jmlgo_images_open_files
func jmlgo_images_open_files(paths *C.jmlgo_texts, n C.size_t, opts *C.jmlgo_images_options, out *C.uintptr_t, message **C.char) C.jml_status {
	const op = "images_open_files"
	return guard(op, message, func() error {
		if err := need(op, "paths", paths); err != nil {
			return err
		}
		if n > 1<<40 {
			return core.Invalid(op, "n", "want a number of paths, got %d", n)
		}
		names := make([]string, n)
		for i, p := range unsafe.Slice(paths, n) {
			name, err := text(op, fmt.Sprintf("paths[%d]", i), (*C.jmlgo_text)(p))
			if err != nil {
				return err
			}
			names[i] = name
		}
		o, err := imagesOptions(op, opts)
		if err != nil {
			return err
		}
		return hand(op, kindImages, out, func() (any, func(), error) { return closingSet(pictures.OpenFiles(names, o)) })
	})
}

func imagesOptions(op string, opts *C.jmlgo_images_options) (pictures.Options, error) {
	o, err := options(op, opts, func(o *C.jmlgo_images_options) { C.jml_images_options_init(o) })
	if err == nil && o.channels != 1 && o.channels != 3 { // 0 is a default in Go only
		err = core.Invalid(op, "channels", "want 1 or 3, got %d", o.channels)
	}
	return pictures.Options{Size: int(o.size), Channels: int(o.channels), Check: pictures.Check(o.check)}, err
}

func closingSet(s *pictures.Set, err error) (any, func(), error) {
	if err != nil {
		return nil, nil, err
	}
	return s, func() { s.Close() }, nil // nothing was written: there is nothing to lose
}

func onImages(op string, images C.uintptr_t, message **C.char, fn func(*pictures.Set) error) C.jml_status {
	return guard(op, message, func() error { return use(op, kindImages, images, fn) })
}

//export jmlgo_images_shape
func jmlgo_images_shape(images C.uintptr_t, outShape *C.int64_t, message **C.char) C.jml_status {
	const op = "images_shape"
	return onImages(op, images, message, func(s *pictures.Set) error {
		if err := need(op, "out_shape", outShape); err != nil {
			return err
		}
		h, w, c := s.Shape()
		copy(unsafe.Slice(outShape, 4), []C.int64_t{C.int64_t(s.Len()), C.int64_t(h), C.int64_t(w), C.int64_t(c)})
		return nil
	})
}

//export jmlgo_images_sizes
func jmlgo_images_sizes(images C.uintptr_t, outSizes *C.jmlgo_npy, message **C.char) C.jml_status {
	const op = "images_sizes"
	return onImages(op, images, message, func(s *pictures.Set) error {
		sizes, _, err := int64s(op, "out_sizes", outSizes, s.Len(), 2)
		if err != nil {
			return err
		}
		for i := range s.Len() {
			h, w := s.Size(i)
			sizes[2*i], sizes[2*i+1] = int64(h), int64(w)
		}
		return nil
	})
}

//export jmlgo_images_read
func jmlgo_images_read(images C.uintptr_t, indices, outPictures *C.jmlgo_npy, message **C.char) C.jml_status {
	const op = "images_read"
	return onImages(op, images, message, func(s *pictures.Set) error {
		which, shape, err := int64s(op, "indices", indices, -1)
		if err != nil {
			return err
		}
		h, w, c := s.Shape()
		if h == 0 { // sizes differ: it is that of the first one, if there is one
			h, w = -1, -1
			if shape[0] > 0 && which[0] >= 0 && which[0] < int64(s.Len()) {
				h, w = s.Size(int(which[0]))
			}
		}
		data, out, err := bytes(op, "out_pictures", outPictures, shape[0], h, w, c)
		if err != nil || shape[0] == 0 { // no pictures are quickly read
			return err
		}
		if err := apart(op, spanOf("out_pictures", data), spanOf("indices", which)); err != nil {
			return err
		}
		return s.Read(which, core.Batch{N: shape[0], H: out[1], W: out[2], C: c, Data: data})
	})
}

//export jmlgo_images_describe
func jmlgo_images_describe(images C.uintptr_t, buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "images_describe"
	return onImages(op, images, message, func(s *pictures.Set) error {
		h, w, c := s.Shape()
		return giveJSON(op, struct {
			N        int         `json:"n"`
			H        int         `json:"h"`
			W        int         `json:"w"`
			C        int         `json:"c"`
			Paths    []string    `json:"paths"`
			Labels   []int64     `json:"labels"`
			Classes  []string    `json:"classes"`
			Problems [][2]string `json:"problems"`
		}{s.Len(), h, w, c, s.Paths(), s.Labels(), s.Classes(), pairs(s.Problems())}, buf, bufLen, outLen)
	})
}

// pairs is problems as the documents have them.
func pairs(problems []pictures.Problem) [][2]string {
	list := make([][2]string, len(problems))
	for i, p := range problems {
		list[i] = [2]string{p.Path, p.Reason}
	}
	return list
}

//export jmlgo_images_problems
func jmlgo_images_problems(images C.uintptr_t, first C.int64_t, buf *C.char, bufLen C.size_t, outLen *C.size_t, message **C.char) C.jml_status {
	const op = "images_problems"
	return onImages(op, images, message, func(s *pictures.Set) error {
		all := s.Problems()
		if first < 0 || int64(first) > int64(len(all)) {
			return core.Invalid(op, "first", "want 0 to %d, got %d", len(all), first)
		}
		return giveJSON(op, pairs(all[first:]), buf, bufLen, outLen)
	})
}

//export jmlgo_images_pack
func jmlgo_images_pack(images C.uintptr_t, path *C.jmlgo_text, message **C.char) C.jml_status {
	const op = "images_pack"
	return onImages(op, images, message, func(s *pictures.Set) error {
		name, err := text(op, "path", path)
		if err != nil {
			return err
		}
		return pictures.Pack(s, name)
	})
}

//export jmlgo_images_free
func jmlgo_images_free(images C.uintptr_t) { release(kindImages, images) }
