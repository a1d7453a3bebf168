//go:build onednn && cgo

package onednn

import (
	"testing"

	"github.com/jumelle/jumelle/core/kernel/kerneltest"
)

func TestBackend(t *testing.T) {
	if _, err := New(1); err != nil {
		t.Fatalf("no kernel library (set JUMELLE_ONEDNN to a libdnnl.so.2): %v", err)
	}
	kerneltest.Run(t, New)
}

func TestLargeConvolutions(t *testing.T) { kerneltest.Large(t, New, 1, 2, 3) }

func TestLargeNorms(t *testing.T) { kerneltest.LargeNorms(t, New, 1, 2, 3) }

func BenchmarkConvolutions(b *testing.B) { kerneltest.Bench(b, New) }
