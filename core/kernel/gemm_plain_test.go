//go:build !(goexperiment.simd && amd64)

package kernel

import "testing"

func withEachVectors(t *testing.T, test func(t *testing.T)) { t.Run("plain", test) }

func updateTile(c []float32, ldc, rows, cols int, t *tile, f *factors) {
	updateTilePlain(c, ldc, rows, cols, t, f)
}
