//go:build !unix

package npy

import (
	"io"
	"os"
)

// mapFile reads the whole file where there is no mmap. Same results, more memory.
func mapFile(file *os.File, size int64) ([]byte, error) {
	b := make([]byte, size)
	_, err := io.ReadFull(file, b)
	return b, err
}

func unmap([]byte) error { return nil }
