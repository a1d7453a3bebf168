// Package kernel owns the contract between a plan and the code that computes:
// primitives, made once for shapes and layouts and run many times on buffers.
//
// It knows nothing of graphs, networks or training. kernel/portable (plain Go)
// and kernel/onednn (build tag onednn) implement Backend; both pass the same
// tests (kernel/kerneltest). Numbers are float32 throughout.
package kernel

// Layout names the order in which a backend keeps a tensor's elements. Layouts
// are comparable; their numbers mean something to the backend that made them
// only, except the two below.
type Layout int32

const (
	// Plain is row-major: (N, C, H, W), (N, C) or (C) with the last index fastest.
	// Weights of a convolution are (K, C, R, S), those of a Linear (Out, In).
	Plain Layout = 0
	// Any leaves the choice to the backend (only as an argument of Make).
	Any Layout = -1
)

// Memory is a place in an arena, Offset in bytes (a multiple of Alignment).
type Memory struct {
	Arena  Arena
	Offset int64
}

// Alignment of offsets in an arena, in bytes.
const Alignment = 64

// Arena is one block of a backend's memory, outside the Go heap. It starts as zeros.
type Arena interface {
	Bytes() int64
	// CopyIn and CopyOut move host values to and from offset (bytes).
	CopyIn(offset int64, src []float32)
	CopyOut(dst []float32, offset int64)
	// Host is the same memory as a slice of n floats, without a copy, or nil
	// where the backend's memory is not the host's. Valid until Free.
	Host(offset int64, n int) []float32
	// Free returns the memory. Nothing made on the arena may run afterwards.
	Free()
}

// Operand describes one argument of a primitive. A workspace is opaque: it has
// no Shape, its Layout means nothing (pass Plain or Any), and its Bytes are known
// from the primitive only. Where Bytes is 0 the argument is ignored.
type Operand struct {
	Name   string // "src", "weights", "dst", ...
	Shape  []int
	Layout Layout
	Bytes  int64 // may exceed 4*product(Shape): blocked layouts are padded
	Output bool
}

// Primitive is an operation bound to shapes, layouts, a backend and a number of
// threads. It holds no data.
type Primitive interface {
	// Operands lists the arguments, in the order in which Op documents them.
	Operands() []Operand
	// Scratch is the size in bytes of the temporary memory one run needs. Calls
	// of one program run one after the other and may share it.
	Scratch() int64
}

// Call is one primitive on its arguments, in the order of Operands. Args may
// alias only where Op says so. Scratch is ignored when Primitive.Scratch() is 0.
type Call struct {
	Primitive Primitive
	Args      []Memory
	Scratch   Memory
}

// Program is a list of calls handed to the backend once.
type Program interface {
	// Run runs the calls in order and returns when all are done.
	Run() error
	// Profile is Run, timing each call in seconds (for benchmarks).
	Profile() ([]float64, error)
	// Free releases what the program holds (not the arenas).
	Free()
}

// Halving is what a backend may have besides.
type Halving interface {
	// BFloat16 is a backend for the same threads that rounds what some passes of
	// convolutions read to bfloat16, where that is faster; sums and all results stay
	// float32. It is nil where the processor has no instructions for it.
	BFloat16() Backend
}

// Backend makes memory, primitives and programs. Its methods may be called from
// any goroutine.
type Backend interface {
	// Name is "portable" or "onednn 2.6.0".
	Name() string
	// ISA is the instruction set in use: "avx2", "avx512_core", "go".
	ISA() string
	// Threads is the number of threads primitives made by it run on.
	Threads() int
	NewArena(bytes int64) (Arena, error)
	// Make makes op. layouts has one entry per operand of op, in order, each a
	// layout of this backend, Plain or Any. It fails with a *core.Error that
	// names the field when shapes do not fit.
	Make(op Op, layouts []Layout) (Primitive, error)
	NewProgram(calls []Call) (Program, error)
	// LayoutName is for people: "plain", "nChw8c".
	LayoutName(l Layout) string
}
