//go:build !onednn || !cgo

package onednn

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
)

// New fails: this build has no kernel library.
func New(threads int) (kernel.Backend, error) {
	return nil, core.Invalid("kernels", "onednn", "want a build with the tag onednn and cgo, got one without")
}
