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

// pair is two arrays (n, d) of one shape.
func (m *matrices) pair(first, second string, p, q *C.jmlgo_npy) (x, y []float32, n, d int) {
	x, n, d = m.in(first, p, -1, -1)
	y, _, _ = m.in(second, q, n, d)
	return x, y, n, d
}

// shapeOf is the shape of p, an array of any.
func (m *matrices) shapeOf(arg string, p *C.jmlgo_npy) []int {
	if m.err != nil {
		return nil
	}
	a, err := array(m.op, arg, p)
	if err != nil {
		m.err = err
		return nil
	}
	return a.Shape
}

// shaped is the '<f4' array p of this shape.
func (m *matrices) shaped(arg string, p *C.jmlgo_npy, shape []int) []float32 {
	if m.err != nil {
		return nil
	}
	values, _, err := floats(m.op, arg, p, shape...)
	if err != nil {
		m.err = err
		return nil
	}
	m.taken = append(m.taken, spanOf(arg, values))
	return values
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

// filled is in for an array to be filled: its memory is no other argument's.
func (m *matrices) filled(arg string, p *C.jmlgo_npy, rows, columns int) []float32 {
	before := m.taken
	values, _, _ := m.in(arg, p, rows, columns)
	m.apart(before)
	return values
}

// out is filled, with nil for NULL: not wanted.
func (m *matrices) out(arg string, p *C.jmlgo_npy, rows, columns int) []float32 {
	if p == nil {
		return nil
	}
	return m.filled(arg, p, rows, columns)
}

// filledLabels is labels for an array to be filled.
func (m *matrices) filledLabels(arg string, p *C.jmlgo_npy, n int) []int64 {
	before := m.taken
	values := m.labels(arg, p, n)
	m.apart(before)
	return values
}

// filledShaped is shaped for an array to be filled.
func (m *matrices) filledShaped(arg string, p *C.jmlgo_npy, shape []int) []float32 {
	before := m.taken
	values := m.shaped(arg, p, shape)
	m.apart(before)
	return values
}

// apart refuses the array taken last if it overlaps one of those before.
func (m *matrices) apart(before []span) {
	if m.err == nil {
		m.err = apart(m.op, m.taken[len(m.taken)-1], before...)
	}
}

func optionsOf[T any](m *matrices, given *T, defaults func(*T)) (o T) {
	if m.err == nil {
		o, m.err = options(m.op, given, defaults)
	}
	return o
}
