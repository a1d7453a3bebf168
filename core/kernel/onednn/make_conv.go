//go:build onednn && cgo

package onednn

/*
#cgo CFLAGS: -O3
#include "onednn.h"
*/
import "C"

import "github.com/jumelle/jumelle/core/kernel"

// conv makes a pass of a convolution; src, weights and dst are the operands that
// are these tensors or their gradients.
func (m *maker) conv(g kernel.Conv, pass C.int, src, weights, dst int) error {
	if made, err := m.half(g, pass, src, weights, dst); made || err != nil {
		return err
	}
	if m.winograd(g, pass, src, weights, dst) {
		return nil
	}
	d, err := m.wants(src, weights, dst)
	if err != nil {
		return err
	}
	var c C.jmk_step
	status := C.jmk_conv(pass, &d[0], &d[1], &d[2], C.int64_t(g.Stride), C.int64_t(g.Pad), &c)
	var codes [3]C.int
	codes[src], codes[weights], codes[dst] = passCodes(pass)
	return m.only(c, status, codes[:]...)
}

// winograd makes the pass with the kernels of winograd.h where there is one: for
// 3x3 of stride 1 and 2 with whole blocks of channels. They leave weights and
// their gradients row-major and take pictures in blocks of channels only.
//
// The rule rests on these measurements: two Zen 4 cores, AVX-512, GFLOP/s counted
// as direct, of the forward pass, the gradient of the source and that of the
// weights; in brackets the library's fastest kernel (stride 1: its own Winograd,
// which exists for AVX-512 alone and runs at 50 with 3 channels).
//
//	512 pictures,  32 ->  64, 32x32 stride 2   271 272 243   (191 221 212)
//	512 pictures,  64 -> 128, 16x16 stride 2   303 300 291   (231 240 204)
//	512 pictures, 128 -> 256,  8x8  stride 2   307 307 288   (251 235 181)
//	128 pictures,  64 -> 128, 32x32 stride 2   317 298 279   (215 223 213)
//	128 pictures, 128 -> 256, 16x16 stride 2   300 313 288   (241 241 207)
//	128 pictures, 256 -> 512,  8x8  stride 2   262 269 231   (261 238 191)
//	128 pictures,  64 ->  64, 32x32            541 524 583   (534 539 404)
//	128 pictures, 128 -> 128, 16x16            575 601 515   (598 579 575)
//	128 pictures, 256 -> 256,  8x8             627 630 513   (627 623 637)
//	128 pictures, 512 -> 512,  4x4             545 523 511   (598 600 574)
//
// A matrix product of 2048x2048 runs at 225 there. The library's figures are of an
// hour in which the machine was some 15 % faster: our kernels did 649 to 725 then
// from 128 channels on at stride 1. With AVX2 on the same cores the kernels do 206
// to 320 at stride 2 and 475 to 703 at stride 1, where the library does 147 to 231.
func (m *maker) winograd(g kernel.Conv, pass C.int, src, weights, dst int) bool {
	if g.R != 3 || g.S != 3 || g.Pad != 1 {
		return false
	}
	s := &C.jmk_winograd{
		pass: pass, stride: C.int(g.Stride), width: C.int(m.b.width()), threads: C.int(m.b.threads),
		n: C.int(g.N), c: C.int(g.C), h: C.int(g.H), w: C.int(g.W),
		k: C.int(g.K), oh: C.int(g.OutH()), ow: C.int(g.OutW()),
	}
	if C.jmk_winograd_fits(s) == 0 {
		return false
	}
	descs, fit := m.blocked(src, weights, dst)
	if !fit {
		return false
	}
	for i, d := range descs {
		m.is(i, d)
	}
	m.shared = int64(C.jmk_winograd_scratch(s))
	m.steps = append(m.steps, step{winograd: s})
	return true
}

// blocked are the descriptors of pictures in blocks of channels and of row-major
// weights, and whether these are what was asked for.
func (m *maker) blocked(src, weights, dst int) (descs [3]desc, fit bool) {
	descs[src], descs[dst] = described(m.shape(src), m.b.block), described(m.shape(dst), m.b.block)
	descs[weights] = plainDesc(m.shape(weights))
	for i, d := range descs {
		if l := m.layouts[i]; l != kernel.Any && l != intern(&d) {
			return descs, false
		}
	}
	return descs, true
}
