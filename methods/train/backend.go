package train

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/methods"
)

// Backend makes the fastest kernels there are, for at most this many threads; 0: as
// set_threads says. The note says why they are not the fast ones, "" if they are.
//
// Kernels have a thread for each core that this process may use, at most: the parts
// of one wait for each other, so that more would keep the cores from the slowest.
func Backend(threads int) (backend kernel.Backend, note string, err error) {
	if err := par.CheckThreads("kernels", "threads", threads); err != nil {
		return nil, "", err
	}
	if threads == 0 {
		threads = par.Threads()
	}
	return fastest(min(threads, par.Available()))
}

// backendOf is the backend that a spec asks for. op is what an error names.
func backendOf(op string, spec methods.Spec) (kernel.Backend, error) {
	backend, _, err := Backend(spec.Threads)
	if err != nil || spec.Precision != "bfloat16" {
		return backend, err
	}
	if b, ok := backend.(kernel.Halving); ok {
		if half := b.BFloat16(); half != nil {
			return half, nil
		}
	}
	return nil, core.Invalid(op, "precision", `want "float32" on this processor and these kernels (%s, %s): bfloat16 needs oneDNN's and avx512_core_bf16, got "bfloat16"`, backend.Name(), backend.ISA())
}
