//go:build unix

package npy

import (
	"os"
	"syscall"
)

// mapFile maps the first size bytes of file, read only and shared, so that two
// processes on one packed file need its memory once.
func mapFile(file *os.File, size int64) ([]byte, error) {
	if int64(int(size)) != size {
		return nil, syscall.EFBIG
	}
	b, err := syscall.Mmap(int(file.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return b, nil
}

func unmap(b []byte) error { return os.NewSyscallError("munmap", syscall.Munmap(b)) }
