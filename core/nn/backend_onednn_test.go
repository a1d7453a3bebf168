//go:build onednn

package nn

import (
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/kernel/onednn"
)

func fastBackend(t testing.TB) kernel.Backend {
	b, err := onednn.New(0)
	check(t, err)
	return b
}
