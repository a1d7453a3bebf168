//go:build !onednn

package train

import (
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/kernel/portable"
)

// fastest is the fastest kernels there are. The note says why they are not the fast
// ones, "" if they are.
func fastest(threads int) (backend kernel.Backend, note string, err error) {
	backend, err = portable.New(threads)
	return backend, "built without the tag onednn", err
}
