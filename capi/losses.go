package main

// #include "bridge.h"
import "C"

import "github.com/jumelle/jumelle/methods/loss"

//export jmlgo_nt_xent
func jmlgo_nt_xent(a, b *C.jmlgo_npy, opts *C.jmlgo_nt_xent_options, outLoss *C.double, outGA, outGB *C.jmlgo_npy, message **C.char) C.jml_status {
	const op = "nt_xent"
	return guard(op, message, func() error {
		x, err := pairOf(op, "a", a, "b", b, "out_ga", outGA, "out_gb", outGB)
		if err != nil {
			return err
		}
		o, err := options(op, opts, func(o *C.jmlgo_nt_xent_options) { C.jml_nt_xent_options_init(o) })
		if err != nil {
			return err
		}
		if err := need(op, "out_loss", outLoss); err != nil {
			return err
		}
		value, err := loss.NTXent(x.a, x.b, x.n, x.d, loss.NTXentOptions{Temperature: float64(o.temperature)}, x.ga, x.gb)
		if err != nil {
			return err
		}
		*outLoss = C.double(value)
		return nil
	})
}

// pair is the arrays of a loss of two batches: (n, d) each. A gradient that
// nobody asked for is nil.
type pair struct {
	a, b, ga, gb []float32
	n, d         int
}

// pairOf reads a pair, each array with the name that messages give it.
func pairOf(op, nameA string, a *C.jmlgo_npy, nameB string, b *C.jmlgo_npy, nameGA string, ga *C.jmlgo_npy, nameGB string, gb *C.jmlgo_npy) (pair, error) {
	var p pair
	var shape []int
	var err error
	if p.a, shape, err = floats(op, nameA, a, -1, -1); err != nil {
		return p, err
	}
	p.n, p.d = shape[0], shape[1]
	if p.b, _, err = floats(op, nameB, b, p.n, p.d); err != nil {
		return p, err
	}
	taken := []span{spanOf(nameA, p.a), spanOf(nameB, p.b)}
	for _, out := range []struct {
		name  string
		array *C.jmlgo_npy
		into  *[]float32
	}{{nameGA, ga, &p.ga}, {nameGB, gb, &p.gb}} {
		if out.array == nil {
			continue
		}
		if *out.into, _, err = floats(op, out.name, out.array, p.n, p.d); err != nil {
			return p, err
		}
		s := spanOf(out.name, *out.into)
		if err := apart(op, s, taken...); err != nil {
			return p, err
		}
		taken = append(taken, s)
	}
	return p, nil
}
