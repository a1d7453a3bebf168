// Package augment owns the views: random transforms of uint8 pictures, described
// by one JSON document (Spec), drawn from (seed, epoch, picture, view,
// operation) and nothing else, computed to the same bytes on every machine.
//
// It does not own pictures on disk (core/pictures) or what is learned from the
// views (methods). Definitions of the operations: torchvision's on uint8
// tensors; each file says where it differs.
//
// How a view is made: the operations draw their values in order. A crop or
// resize is not computed at once but remembered, so that a flip behind it costs
// nothing; the first operation that needs pixels computes it. From then on the
// picture lies in planes (all red, all green, all blue bytes), which is what the
// kernels want; the last step interleaves it into the caller's memory.
//
// Kernels have a plain Go form and, where it pays, a vector form in a file that
// ends in _simd.go (GOEXPERIMENT=simd, amd64 with AVX2). Both give the same
// bytes: the arithmetic is integer, or float32 with the same roundings.
// Products that are added to something are written float32(a*b) or float64(a*b),
// which forbids the compiler to fuse them: fused they would round once instead
// of twice, and the bytes would depend on the machine.
package augment

// Version counts the changes of what bytes the same specification, key and picture
// give. It is raised on purpose only; tests/golden/augment/checksums.json pins the
// bytes of the current one.
const Version = 1
