//go:build onednn && cgo

package onednn

/*
#include "onednn.h"
*/
import "C"

import (
	"strings"

	"github.com/jumelle/jumelle/core/kernel"
)

// BFloat16 implements kernel.Halving: a backend that differs from b in the passes
// that bfloat16 makes, or nil where the processor has no instructions for them.
func (b *backend) BFloat16() kernel.Backend {
	if !strings.HasPrefix(b.isa, "avx512_core_bf16") && !strings.HasPrefix(b.isa, "avx512_core_amx") {
		return nil
	}
	half := newBackend(b.jobs, b.threads)
	half.name, half.isa, half.block, half.bfloat16 = b.name, b.isa, b.block, true
	return half
}

// halved is whether the forward pass and the gradient of the source are faster with
// products of bfloat16 than in float32, the rounding of what they read included: with
// the library's direct kernel where minimal filtering saves little (stride 2) or its
// weights fill the caches (many channels).
//
// Milliseconds on two Zen 4 cores, float32 and, in brackets, bfloat16 with rounding,
// of the forward pass, the gradient of the source and that of the weights:
//
//	512 pictures,  32 ->  64, 32x32 3x3 stride 2   17.8 (13.3)  17.8 (12.0)  19.5 (40)
//	512 pictures,  64 -> 128, 16x16 3x3 stride 2   15.0 (12.1)  15.5 (11.4)  16.2 (41)
//	512 pictures, 128 -> 256,  8x8  3x3 stride 2   15.0 (11.1)  15.1 (13.3)  17.3 (34)
//	128 pictures,  64 -> 128, 32x32 3x3 stride 2   15.1 (11.6)  15.7 (10.8)  16.5 (25)
//	128 pictures, 128 -> 256, 16x16 3x3 stride 2   15.3 (10.7)  14.8 (11.0)  19.5 (26)
//	128 pictures, 256 -> 512,  8x8  3x3 stride 2   19.9 ( 9.3)  20.1 (13.1)  19.2 (20)
//	128 pictures,  64 -> 128, 32x32 1x1 stride 2    3.1 ( 2.3)   3.8 ( 2.1)   3.2 (2.4)
//	128 pictures, 128 -> 256, 16x16 1x1 stride 2    3.0 ( 1.7)   3.0 ( 1.5)   3.1 (1.8)
//	128 pictures, 256 -> 512,  8x8  1x1 stride 2    3.3 ( 1.4)   3.6 ( 1.3)   3.4 (2.4)
//	128 pictures,  64 ->  64, 32x32 3x3            17.9 (21.4)  17.9 (21.7)  16.5 (27)
//	128 pictures, 128 -> 128, 16x16 3x3            16.1 (19.6)  15.8 (20.0)  17.7 (22)
//	128 pictures, 256 -> 256,  8x8  3x3            15.7 (19.6)  16.0 (20.7)  17.0 (22)
//	128 pictures, 512 -> 512,  4x4  3x3            19.5 (15.2)  21.2 (15.5)  20.4 (31)
//
// So 23 of 192 ms of a step of small and some 70 of 980 of resnet18's.
func halved(g kernel.Conv) bool {
	if g.C%16 != 0 || g.K%16 != 0 {
		return false
	}
	return g.Stride == 2 || g.R == 3 && min(g.C, g.K) >= 512
}

// half makes the pass in bfloat16 where that is faster: the tensors it reads are
// rounded to it on the way, products are added up in float32, and the result is
// float32. It says whether it did.
func (m *maker) half(g kernel.Conv, pass C.int, src, weights, dst int) (bool, error) {
	if !m.b.bfloat16 || pass == C.JMK_BACKWARD_WEIGHTS || !halved(g) {
		return false, nil
	}
	descs, fit := m.blocked(src, weights, dst)
	if !fit {
		return false, nil
	}
	read, write := src, dst
	if pass == C.JMK_BACKWARD_DATA {
		read, write = dst, src
	}
	rounded := descs
	rounded[weights] = anyDesc(m.shape(weights))
	rounded[read].data_type, rounded[weights].data_type = C.dnnl_bf16, C.dnnl_bf16
	var c C.jmk_step
	status := C.jmk_conv(pass, &rounded[src], &rounded[weights], &rounded[dst], C.int64_t(g.Stride), C.int64_t(g.Pad), &c)
	var codes [3]C.int
	codes[src], codes[weights], codes[dst] = passCodes(pass)
	input := m.temp(rounded[read])
	args := []arg{{code: codes[read], from: input}, {code: codes[weights], from: input - 1}, {code: codes[write], from: write}}
	s, err := m.step(c, status, args...)
	if err != nil {
		return false, err
	}
	order := s.describe(codes[weights])
	if err := m.copy(descs[read], rounded[read], read, input); err != nil {
		return false, err
	}
	if err := m.copy(descs[weights], order, weights, m.temp(order)); err != nil {
		return false, err
	}
	m.is(write, descs[write])
	m.steps = append(m.steps[1:], m.steps[0]) // the convolution after what it reads
	return true, nil
}
