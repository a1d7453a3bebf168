package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

func numbers(seed uint64, n int) []float32 {
	s := rng.Key{Seed: seed}.Stream()
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(s.Normal())
	}
	return out
}

// naive is Gemm's definition in float64; size is Σ|a||b|, which bounds rounding.
func naive(transA, transB bool, i, j, k int, a []float32, lda int, b []float32, ldb int) (sum, size float64) {
	for p := range k {
		x, y := i*lda+p, p*ldb+j
		if transA {
			x = p*lda + i
		}
		if transB {
			y = j*ldb + p
		}
		v := float64(a[x]) * float64(b[y])
		sum += v
		size += math.Abs(v)
	}
	return sum, size
}

func TestGemm(t *testing.T) { withEachVectors(t, testGemm) }

func testGemm(t *testing.T) {
	for _, s := range [][3]int{
		{1, 1, 1}, {4, 16, 4}, {5, 17, 3}, {3, 15, 257}, {64, 64, 128}, {97, 47, 27}, {20, 1100, 9}, {33, 40, 600}, {2, 3, 0},
	} {
		m, n, k := s[0], s[1], s[2]
		for mask := range 16 {
			transA, transB := mask&1 != 0, mask&2 != 0
			alpha, beta := float32(1), float32(0)
			if mask&4 != 0 {
				alpha, beta = 0.5, 2
			}
			if mask&8 != 0 {
				beta = 1
			}
			// Rows lie further apart than they are long; what is between stays.
			lda, ldb, ldc := k+3, n+2, n+5
			if transA {
				lda = m + 3
			}
			if transB {
				ldb = k + 2
			}
			a, b := numbers(1, (m+k+3)*lda), numbers(2, (n+k+3)*ldb)
			c := numbers(3, m*ldc)
			if beta == 0 {
				for i := range c {
					if i%ldc < n {
						c[i] = float32(math.NaN())
					}
				}
			}
			got := append([]float32(nil), c...)
			Gemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, got, ldc)
			for i := range m {
				for j := range ldc {
					at := i*ldc + j
					if j >= n {
						if got[at] != c[at] {
							t.Fatalf("%v %v %v: element between rows changed", s, transA, transB)
						}
						continue
					}
					sum, size := naive(transA, transB, i, j, k, a, lda, b, ldb)
					want := float64(alpha) * sum
					if beta != 0 {
						want += float64(beta) * float64(c[at])
						size += math.Abs(float64(c[at]))
					}
					if d := math.Abs(float64(got[at]) - want); !(d <= 1e-6*(size+1)) {
						t.Fatalf("%v %v %v alpha %v beta %v: c[%d, %d] = %v, want %v", s, transA, transB, alpha, beta, i, j, got[at], want)
					}
				}
			}
		}
	}
}

// The block with vectors and the plain one are twins: same sums up to rounding.
func TestBlockTwins(t *testing.T) {
	withEachVectors(t, func(t *testing.T) {
		for _, depth := range []int{1, 2, 3, 4, 5, 7, 8, 27, blockK} {
			for _, size := range [][2]int{{4, 1}, {1, 16}, {6, 63}, {12, 90}} {
				height, width := size[0], size[1]
				a, b := numbers(1, (up(height, tileM)+1)*depth+tileM), numbers(2, depth*up(width, tileN))
				p := &packs{a, b, make([]float32, spreadBy*tileM*depth)}
				x, y := make([]float32, height*width), make([]float32, height*width)
				f := newFactors(1, 0)
				multiplyBlock(p, height, width, depth, x, width, &f)
				multiplyBlockPlain(p, height, width, depth, y, width, &f)
				for i := range x {
					if d := math.Abs(float64(x[i] - y[i])); d > 1e-5*math.Sqrt(float64(depth)) {
						t.Fatalf("depth %d, %d x %d: element %d is %v and %v", depth, height, width, i, x[i], y[i])
					}
				}
			}
		}
	})
}

// Moving elements and the last product and sum are exact: the same bits.
func TestExactTwins(t *testing.T) {
	withEachVectors(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 8, 31, 64} {
			from := numbers(1, 4*(n+3))
			x, y := make([]float32, 7*n), make([]float32, 7*n)
			interleave(x, 7, from, n+3, n)
			interleavePlain(y, 7, from, n+3, n)
			sameBits(t, "interleaved", x, y)
		}
		var sums tile
		copy(sums[:], numbers(2, len(sums)))
		for _, beta := range []float32{0, 1, -0.3} {
			for _, cols := range []int{1, 8, 15, 31, 32} {
				x := numbers(3, tileM*40)
				y := append([]float32(nil), x...)
				f := newFactors(0.7, beta)
				updateTile(x, 40, 3, cols, &sums, &f)
				updateTilePlain(y, 40, 3, cols, &sums, &f)
				sameBits(t, "updated", x, y)
			}
		}
	})
}

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(want), got[i], want[i])
		}
	}
}

// Whoever splits rows or columns over workers gets the bits of the whole.
func TestGemmBitsDoNotDependOnTheSplit(t *testing.T) {
	const m, n, k = 150, 170, 300
	a, b := numbers(1, m*k), numbers(2, k*n)
	whole := make([]float32, m*n)
	Gemm(false, false, m, n, k, 1, a, k, b, n, 0, whole, n)
	for _, rows := range []int{1, 2, 3, 50, 97} {
		got := make([]float32, m*n)
		for i := 0; i < m; i += rows {
			h := min(rows, m-i)
			for j, w := 0, 23; j < n; j, w = j+w, 93 {
				Gemm(false, false, h, min(w, n-j), k, 1, a[i*k:], k, b[j:], n, 0, got[i*n+j:], n)
			}
		}
		for i, v := range got {
			if v != whole[i] {
				t.Fatalf("%d rows at a time: element %d is %v, want %v", rows, i, v, whole[i])
			}
		}
	}
}

func TestGemmAllocatesNothing(t *testing.T) {
	a, b, c := numbers(1, 64*128), numbers(2, 64*128), make([]float32, 64*64)
	if n := testing.AllocsPerRun(100, func() { Gemm(false, true, 64, 64, 128, 1, a, 128, b, 128, 0, c, 64) }); n >= 1 {
		t.Errorf("%v allocations a call", n)
	}
}

func BenchmarkGemm(b *testing.B) {
	for _, s := range [][3]int{{64, 64, 128}, {256, 256, 256}, {1024, 1024, 1024}, {64, 1024, 288}, {512, 512, 128}} {
		m, n, k := s[0], s[1], s[2]
		x, y, z := numbers(1, m*k), numbers(2, n*k), make([]float32, m*n)
		for _, trans := range []string{"NN", "NT", "TN"} {
			transA, transB := trans[0] == 'T', trans[1] == 'T'
			lda, ldb := k, n
			if transA {
				lda = m
			}
			if transB {
				ldb = k
			}
			b.Run(fmt.Sprintf("%dx%dx%d/%s", m, n, k, trans), func(b *testing.B) {
				for b.Loop() {
					Gemm(transA, transB, m, n, k, 1, x, lda, y, ldb, 0, z, n)
				}
				b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
