// Package main is libjumelle.so: the functions of include/jumelle.h.
//
// C calls bridge.c, which refuses in forked children and turns handles into
// integers, then an exported function here. Each of those runs inside guard,
// reads its arguments (array.go, options.go, text.go), finds the object behind a
// handle (handle.go) and calls the package that does the work. Nothing here
// computes, and no C pointer is kept after a call.
package main

// #cgo CFLAGS: -I${SRCDIR}/../include -Wall -Wextra
// #cgo LDFLAGS: -pthread
// #include "bridge.h"
import "C"

func main() {}
