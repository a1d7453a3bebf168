//go:build goexperiment.simd && amd64

package kernel

import "testing"

// withEachVectors runs a test with each set of instructions that this processor has.
func withEachVectors(t *testing.T, test func(t *testing.T)) {
	avx2, avx512 := haveAVX2, haveAVX512
	defer func() { haveAVX2, haveAVX512 = avx2, avx512 }()
	if avx512 {
		t.Run("avx512", test)
	}
	if haveAVX512 = false; avx2 {
		t.Run("avx2", test)
	}
	haveAVX2 = false
	t.Run("plain", test)
}

// Both sets of vectors sum in the same order with the same rounding.
func TestVectorsGiveTheSameBits(t *testing.T) {
	if !haveAVX512 {
		t.Skip("this processor has no AVX-512")
	}
	defer func() { haveAVX512 = true }()
	const m, n, k = 37, 150, 300
	a, b := numbers(1, m*k), numbers(2, k*n)
	x, y := numbers(3, m*n), numbers(3, m*n)
	Gemm(false, false, m, n, k, 0.7, a, k, b, n, 0.3, x, n)
	haveAVX512 = false
	Gemm(false, false, m, n, k, 0.7, a, k, b, n, 0.3, y, n)
	sameBits(t, "product", x, y)
}
