//go:build onednn && cgo

package onednn

/*
#include "onednn.h"
*/
import "C"

import "github.com/jumelle/jumelle/core/kernel"

// Batch normalisation keeps one layout for source, destination and gradients: the
// library takes no other combination. A workspace is the bits of the fused ReLU.

func (m *maker) batchNormForward(g kernel.BatchNorm) error {
	d, err := m.follow(0, 3)
	if err == nil {
		err = m.agree(d, 0, 3)
	}
	if err != nil {
		return err
	}
	var c C.jmk_step
	status := C.jmk_batch_norm(C.JMK_TRAINING, &d, nil, C.float(g.Eps), relu(g), &c)
	return m.norm(c, status, g, C.DNNL_ARG_SRC, C.DNNL_ARG_SCALE, C.DNNL_ARG_SHIFT, C.DNNL_ARG_DST, C.DNNL_ARG_MEAN, C.DNNL_ARG_VARIANCE, C.DNNL_ARG_WORKSPACE)
}

func (m *maker) batchNormInference(g kernel.BatchNorm) error {
	d, err := m.follow(0, 5)
	if err == nil {
		err = m.agree(d, 0, 5)
	}
	if err != nil {
		return err
	}
	var c C.jmk_step
	status := C.jmk_batch_norm(C.JMK_INFERENCE, &d, nil, C.float(g.Eps), relu(g), &c)
	return m.norm(c, status, g, C.DNNL_ARG_SRC, C.DNNL_ARG_SCALE, C.DNNL_ARG_SHIFT, C.DNNL_ARG_MEAN, C.DNNL_ARG_VARIANCE, C.DNNL_ARG_DST)
}

func (m *maker) batchNormBackward(g kernel.BatchNorm) error {
	d, err := m.follow(0, 4, 6)
	if err == nil {
		err = m.agree(d, 0, 4, 6)
	}
	if err != nil {
		return err
	}
	var c C.jmk_step
	status := C.jmk_batch_norm(C.JMK_BACKWARD, &d, &d, C.float(g.Eps), relu(g), &c)
	// The library insists on a SHIFT, whose values it does not use: gamma serves.
	return m.norm(c, status, g, C.DNNL_ARG_SRC, C.DNNL_ARG_MEAN, C.DNNL_ARG_VARIANCE, C.DNNL_ARG_SCALE, C.DNNL_ARG_DIFF_DST, C.DNNL_ARG_WORKSPACE,
		C.DNNL_ARG_DIFF_SRC, C.DNNL_ARG_DIFF_SCALE, C.DNNL_ARG_DIFF_SHIFT)
}

func relu(g kernel.BatchNorm) C.int {
	if g.ReLU {
		return 1
	}
	return 0
}

func (m *maker) norm(c C.jmk_step, status C.int, g kernel.BatchNorm, codes ...C.int) error {
	var args []arg
	for i, code := range codes {
		if code == C.DNNL_ARG_WORKSPACE && !g.ReLU {
			continue
		}
		args = append(args, arg{code, i})
		if code == C.DNNL_ARG_SCALE {
			if _, backward := m.op.(kernel.BatchNormBackward); backward {
				args = append(args, arg{C.DNNL_ARG_SHIFT, i})
			}
		}
	}
	s, err := m.step(c, status, args...)
	if err != nil {
		return err
	}
	for _, a := range s.args {
		if a.from < len(codes) && codes[a.from] == a.code {
			m.is(a.from, s.describe(a.code))
		}
	}
	return nil
}
