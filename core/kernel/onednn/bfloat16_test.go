//go:build onednn && cgo

package onednn

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/kernel/kerneltest"
)

func TestBFloat16(t *testing.T) {
	const threads = 2
	b, err := New(threads)
	if err != nil {
		t.Fatal(err)
	}
	half := b.(kernel.Halving).BFloat16()
	if half == nil {
		t.Skipf("NOT TESTED: %s has no instructions for bfloat16", b.ISA())
	}
	if half.Threads() != threads {
		t.Errorf("want the %d threads of the backend, got %d", threads, half.Threads())
	}
	kerneltest.BFloat16(t, half, halved)
}

// A processor without the instructions, which the library can be told to be on.
func TestBFloat16NeedsAProcessor(t *testing.T) {
	if os.Getenv("JUMELLE_TEST_CHILD") == "avx2" {
		b, err := New(1)
		if err != nil {
			t.Fatal(err)
		}
		if half := b.(kernel.Halving).BFloat16(); half != nil {
			t.Fatalf("%s: want no backend, got %v", b.ISA(), half)
		}
		os.Stdout.WriteString("child: none\n")
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestBFloat16NeedsAProcessor$")
	cmd.Env = append(os.Environ(), "JUMELLE_TEST_CHILD=avx2", "DNNL_MAX_CPU_ISA=AVX2")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "child: none") {
		t.Fatalf("%v\n%s", err, out)
	}
}
