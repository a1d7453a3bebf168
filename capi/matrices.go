package main

// #include "bridge.h"
import "C"

// matrices reads the arrays of a call that takes many. It keeps the first error,
// so that a function checks once, at the end.
type matrices struct {
	op    string
	taken []span
	err   error
}

// in is the '<f4' (n, d) array p.
func (m *matrices) in(arg string, p *C.jmlgo_npy, rows, columns int) (values []float32, n, d int) {
	if m.err != nil {
		return nil, 0, 0
	}
	values, shape, err := floats(m.op, arg, p, rows, columns)
	if err != nil {
		m.err = err
		return nil, 0, 0
	}
	m.taken = append(m.taken, spanOf(arg, values))
	return values, shape[0], shape[1]
}

// labels is the '<i8' (n,) array of one number a row.
func (m *matrices) labels(arg string, p *C.jmlgo_npy, n int) []int64 {
	if m.err != nil {
		return nil
	}
	values, _, err := int64s(m.op, arg, p, n)
	if err != nil {
		m.err = err
		return nil
	}
	m.taken = append(m.taken, spanOf(arg, values))
	return values
}

// out is in for an array to be filled: NULL is nil, for not wanted, and its
// memory is no other argument's.
func (m *matrices) out(arg string, p *C.jmlgo_npy, rows, columns int) []float32 {
	if m.err != nil || p == nil {
		return nil
	}
	before := m.taken
	values, _, _ := m.in(arg, p, rows, columns)
	if m.err == nil {
		m.err = apart(m.op, spanOf(arg, values), before...)
	}
	return values
}

func optionsOf[T any](m *matrices, given *T, defaults func(*T)) (o T) {
	if m.err == nil {
		o, m.err = options(m.op, given, defaults)
	}
	return o
}
