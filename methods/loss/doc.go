// Package loss owns the losses of the library as plain functions of arrays: the
// value in float64, the gradients in float32, no state, no device, no network.
//
// Arrays are row-major []float32 of n rows and d columns. Gradient slices are
// filled, not added to; nil skips them. They must not overlap the inputs or each
// other. Cosine losses work on ẑ = z / max(‖z‖, 1e-12): a zero row is ẑ = 0, and
// below the floor the length counts as a constant 1e-12, so that the gradient of
// a zero row is finite but as large as 1e12 times that of a unit row.
//
// A NaN or infinity in an input is an ENumeric error that names the first row.
// Values and gradients are right to 1e-5 of their largest element, gradients at
// temperatures below 0.03 to 3e-7/temperature, as products are in float32. Where
// all rows point in nearly one direction a gradient is a small rest of large terms
// and has as many digits fewer as the rows are alike.
//
// Results do not depend on the number of threads (core/par), to the last bit.
// They may differ in the last digits between builds: with GOEXPERIMENT=simd on a
// processor with AVX2 and FMA the exponentials are vectors of eight.
//
// The functions may be called from several goroutines at once.
package loss
