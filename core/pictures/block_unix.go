//go:build unix

package pictures

import (
	"syscall"

	"github.com/jumelle/jumelle/core"
)

// mapAnonymous is n zeros that take memory only where they are written to.
func mapAnonymous(n int) ([]byte, error) {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, core.Errorf(core.EIO, op, "source", "no memory for %d MB of pictures: %v", n>>20, err)
	}
	return b, nil
}

func unmapAnonymous(b []byte) error { return syscall.Munmap(b) }
