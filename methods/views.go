package methods

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// Views is the views of a step's N pictures, and how they become a network's input.
type Views struct {
	N    int
	Step int64        // of the run, from 0
	each []core.Batch // uint8 (N, H, W, C), a view each
	norm *normalisation
	// slices is the number of equal parts in which a batch goes through a network
	// where it need not go at once: see pass.
	slices int
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

// part is the i-th of parts equal pieces of every view.
func (v Views) part(i, parts int) Views {
	each := make([]core.Batch, len(v.each))
	for j, view := range v.each {
		each[j] = part(view, i, parts)
	}
	v.N, v.each, v.slices = v.N/parts, each, max(1, v.slices/parts)
	return v
}

// part is the i-th of parts equal pieces of a batch.
func part(b core.Batch, i, parts int) core.Batch {
	size := len(b.Data) / parts
	b.N /= parts
	b.Data = b.Data[i*size : (i+1)*size]
	return b
}
