//go:build onednn && cgo

package onednn

/*
#include "onednn.h"
*/
import "C"

import (
	"sync"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
)

// desc is the library's description of a tensor: sizes, type and order.
type desc = C.dnnl_memory_desc_t

// layouts numbers the descriptions that are not plain; 0 is Plain. They are the
// process's: backends of different numbers of threads share them.
var layouts struct {
	sync.Mutex
	known []desc // layout i+1
}

// intern is the layout of d.
func intern(d *desc) kernel.Layout {
	plain := plainDesc(sizes(d))
	if C.jmk_desc_equal(d, &plain) != 0 {
		return kernel.Plain
	}
	layouts.Lock()
	defer layouts.Unlock()
	for i := range layouts.known {
		if C.jmk_desc_equal(d, &layouts.known[i]) != 0 {
			return kernel.Layout(i + 1)
		}
	}
	layouts.known = append(layouts.known, *d)
	return kernel.Layout(len(layouts.known))
}

func sizes(d *desc) []int {
	s := make([]int, d.ndims)
	for i := range s {
		s[i] = int(d.dims[i])
	}
	return s
}

// described makes the descriptor of a shape in the order of a tag.
func described(shape []int, tag C.int) desc {
	var d desc
	var dims [4]C.int64_t
	for i, n := range shape {
		dims[i] = C.int64_t(n)
	}
	if status := C.jmk_desc(&d, C.int(len(shape)), &dims[0], tag); status != 0 {
		// Shapes were checked; an order that does not fit them is a bug here.
		panic(failed("kernels", "layout", status))
	}
	return d
}

func plainDesc(shape []int) desc {
	return described(shape, [...]C.int{0, C.dnnl_a, C.dnnl_ab, C.dnnl_abc, C.dnnl_abcd}[len(shape)])
}

// anyDesc leaves the order to the library.
func anyDesc(shape []int) desc { return described(shape, C.dnnl_format_tag_any) }

// descOf is the description that a layout means for a shape.
func descOf(op, operand string, shape []int, l kernel.Layout) (desc, error) {
	switch {
	case l == kernel.Plain:
		return plainDesc(shape), nil
	case l == kernel.Any:
		return anyDesc(shape), nil
	}
	layouts.Lock()
	defer layouts.Unlock()
	if l < 0 || int(l) > len(layouts.known) {
		return desc{}, core.Invalid(op, operand, "want a layout of this backend, got %d", l)
	}
	d := layouts.known[l-1]
	if int(d.ndims) != len(shape) {
		return desc{}, core.Invalid(op, operand, "want a layout of shape %v, got one of %v", shape, sizes(&d))
	}
	for i, n := range shape {
		if int(d.dims[i]) != n {
			return desc{}, core.Invalid(op, operand, "want a layout of shape %v, got one of %v", shape, sizes(&d))
		}
	}
	return d, nil
}

// pictureTags are the orders of pictures that the library's fast kernels know.
var pictureTags = []C.int{C.dnnl_nchw, C.dnnl_nhwc, C.dnnl_nChw8c, C.dnnl_nChw16c}

// like is the descriptor of another shape in the order of d, which describes
// pictures; where d's order has no name it is left open.
func like(d desc, shape []int) desc {
	for _, tag := range pictureTags {
		if same := described(sizes(&d), tag); C.jmk_desc_equal(&d, &same) != 0 {
			return described(shape, tag)
		}
	}
	return anyDesc(shape)
}

// LayoutName implements kernel.Backend.
func (b *backend) LayoutName(l kernel.Layout) string {
	switch l {
	case kernel.Plain:
		return "plain"
	case kernel.Any:
		return "any"
	}
	layouts.Lock()
	defer layouts.Unlock()
	if l < 0 || int(l) > len(layouts.known) {
		return "unknown"
	}
	d := layouts.known[l-1]
	var name [64]C.char
	C.jmk_desc_name(&d, &name[0], C.size_t(len(name)))
	return C.GoString(&name[0])
}
