//go:build !linux

package par

import "runtime"

// Available is the number of cores this process may use.
func Available() int { return runtime.NumCPU() }
