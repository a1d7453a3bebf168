package train

import (
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
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
