package kernel

// Gemm computes c = alpha*op(a)*op(b) + beta*c for row-major matrices: op(a) is
// m x k, op(b) is k x n, c is m x n; lda, ldb and ldc are the distances between
// rows as stored. With beta = 0, c is not read. It runs on the calling goroutine
// and sums in a fixed order: callers split m or n with par to use more cores, and
// get the same bits whatever the split of rows is.
func Gemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		for j := range row {
			var sum float32
			for p := range k {
				x, y := 0, 0
				if transA {
					x = p*lda + i
				} else {
					x = i*lda + p
				}
				if transB {
					y = j*ldb + p
				} else {
					y = p*ldb + j
				}
				sum += a[x] * b[y]
			}
			if beta == 0 {
				row[j] = alpha * sum
			} else {
				row[j] = alpha*sum + beta*row[j]
			}
		}
	}
}
