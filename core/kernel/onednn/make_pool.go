//go:build onednn && cgo

package onednn

/*
#include "onednn.h"
*/
import "C"

import "github.com/jumelle/jumelle/core/kernel"

// pair resolves the layouts of the two sides of a pooling, of which the library
// wants the same order: an open side takes the order of the other; first is the
// one that decides where both are open.
func (m *maker) pair(first, second int) (a, b desc, err error) {
	switch {
	case m.layouts[first] == kernel.Any && m.layouts[second] == kernel.Any:
		a = m.preferred(m.shape(first))
		return a, like(a, m.shape(second)), nil
	case m.layouts[first] == kernel.Any:
		if b, err = m.want(second); err == nil {
			a = like(b, m.shape(first))
		}
		return a, b, err
	case m.layouts[second] == kernel.Any:
		if a, err = m.want(first); err == nil {
			b = like(a, m.shape(second))
		}
		return a, b, err
	}
	if a, err = m.want(first); err == nil {
		b, err = m.want(second)
	}
	return a, b, err
}

func (m *maker) maxPool(g kernel.Pool, backward bool) error {
	var c C.jmk_step
	size, stride, pad := C.int64_t(g.Size), C.int64_t(g.Stride), C.int64_t(g.Pad)
	if backward {
		dst, src, err := m.pair(0, 2)
		if err != nil {
			return err
		}
		status := C.jmk_pool(1, 0, &src, &dst, size, size, stride, stride, pad, &c)
		return m.only(c, status, C.DNNL_ARG_DIFF_DST, C.DNNL_ARG_WORKSPACE, C.DNNL_ARG_DIFF_SRC)
	}
	src, dst, err := m.pair(0, 1)
	if err != nil {
		return err
	}
	status := C.jmk_pool(0, 0, &src, &dst, size, size, stride, stride, pad, &c)
	return m.only(c, status, C.DNNL_ARG_SRC, C.DNNL_ARG_DST, C.DNNL_ARG_WORKSPACE)
}

// The pooled side of a global average is plain for everybody. Where the library
// wants it in blocks that differ from that (channels not a multiple of the
// block), a small temporary is reordered.

func (m *maker) averageForward(g kernel.GlobalAvgPoolForward) error {
	src, pooled, out, err := m.averageSides(0, 1)
	if err != nil {
		return err
	}
	at := 1
	same := sameBytes(&pooled, &out)
	if !same {
		at = m.temp(pooled)
	}
	var c C.jmk_step
	h, w := C.int64_t(g.H), C.int64_t(g.W)
	status := C.jmk_pool(0, 1, &src, &pooled, h, w, h, w, 0, &c)
	if _, err := m.step(c, status, arg{code: C.DNNL_ARG_SRC, from: 0}, arg{code: C.DNNL_ARG_DST, from: at}); err != nil {
		return err
	}
	m.is(0, src)
	m.is(1, out)
	if same {
		return nil
	}
	return m.copy(pooled, out, at, 1)
}

func (m *maker) averageBackward(g kernel.GlobalAvgPoolBackward) error {
	src, pooled, in, err := m.averageSides(1, 0)
	if err != nil {
		return err
	}
	at := 0
	if !sameBytes(&pooled, &in) {
		at = m.temp(pooled)
		if err := m.copy(in, pooled, 0, at); err != nil {
			return err
		}
	}
	var c C.jmk_step
	h, w := C.int64_t(g.H), C.int64_t(g.W)
	status := C.jmk_pool(1, 1, &src, &pooled, h, w, h, w, 0, &c)
	if _, err := m.step(c, status, arg{code: C.DNNL_ARG_DIFF_DST, from: at}, arg{code: C.DNNL_ARG_DIFF_SRC, from: 1}); err != nil {
		return err
	}
	m.is(0, in)
	m.is(1, src)
	return nil
}

// averageSides are the descriptors of the pictures, of the pooled side in the
// order of the pictures, and of the pooled side as the operand has it.
func (m *maker) averageSides(pictures, vectors int) (src, pooled, plain desc, err error) {
	if src, err = m.follow(pictures); err != nil {
		return
	}
	pooled = like(src, m.shape(vectors))
	plain = plainDesc(m.shape(vectors))
	if l := m.layouts[vectors]; l != kernel.Any && l != kernel.Plain {
		plain, err = m.want(vectors)
	}
	return
}

// sameBytes says whether pictures of one pixel lie in memory in the same order:
// whole blocks of channels, one after the other, are plain.
func sameBytes(a, b *desc) bool {
	return C.jmk_desc_equal(a, b) != 0 || C.jmk_desc_one_pixel(a) != 0 && C.jmk_desc_one_pixel(b) != 0
}
