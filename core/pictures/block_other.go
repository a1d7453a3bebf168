//go:build !unix

package pictures

func mapAnonymous(n int) ([]byte, error) { return make([]byte, n), nil }

func unmapAnonymous([]byte) error { return nil }
