package methods

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// Views is V views of N pictures, uint8 (V, N, H, W, C), and how their values
// become a network's input.
type Views struct {
	V, N, H, W, C int
	Data          []byte
	Step          int64 // of the run, from 0
	norm          *normalisation
}

// normalisation maps a byte to (byte/255 - mean) / std, a table a channel.
type normalisation [][256]float32

func newNormalisation(mean, std []float64) *normalisation {
	tables := make(normalisation, len(mean))
	for c := range tables {
		for v := range tables[c] {
			tables[c][v] = float32((float64(v)/255 - mean[c]) / std[c])
		}
	}
	return &tables
}

// fill writes pictures (N, H, W, C) into a network's input (N, C, H, W).
func (t normalisation) fill(input []float32, pictures core.Batch) error {
	plane := pictures.H * pictures.W
	return par.For(pictures.N, 8, func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			src := pictures.Picture(i)
			dst := input[i*plane*pictures.C : (i+1)*plane*pictures.C]
			for c := range pictures.C {
				table, out := &t[c], dst[c*plane:(c+1)*plane]
				for p := range out {
					out[p] = table[src[p*pictures.C+c]]
				}
			}
		}
		return nil
	})
}

// batch is all views as one batch of V*N pictures, view after view.
func (v Views) batch() core.Batch {
	return core.Batch{N: v.V * v.N, H: v.H, W: v.W, C: v.C, Data: v.Data}
}

// view is one view of each picture.
func (v Views) view(i int) core.Batch { return part(v.batch(), i, v.V) }

// part is the i-th of parts equal pieces of a batch.
func part(b core.Batch, i, parts int) core.Batch {
	size := len(b.Data) / parts
	b.N /= parts
	b.Data = b.Data[i*size : (i+1)*size]
	return b
}
