package portable

import (
	"testing"

	"github.com/jumelle/jumelle/core/kernel/kerneltest"
)

func TestBackend(t *testing.T) { kerneltest.Run(t, New) }

func BenchmarkConvolutions(b *testing.B) { kerneltest.Bench(b, New) }
