package core

// Sized is x with n elements of any value: x's own memory, or new where that is too
// small. Buffers that are kept from call to call grow by it.
func Sized[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
