// Package onednn computes the operations of core/kernel with oneDNN 2.6, which it
// loads at the first New: from the file that $JUMELLE_ONEDNN names, or beside the
// shared object that holds this code, or as the loader finds libdnnl.so.2.
//
// The package needs the build tag onednn and the library's headers. Without the
// tag, or where the library is missing, New returns an error and callers use
// kernel/portable.
//
// Everything that touches the library runs on one OS thread (thread.go): OpenMP
// keeps one pool of threads for each thread that calls it. The number of threads
// is fixed when a primitive is made.
package onednn
