package pictures

import (
	"fmt"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
)

// arraySource is pictures in one array, in memory or mapped from file.
type arraySource struct {
	batch core.Batch
	file  *npy.File
}

func (a arraySource) count() int        { return a.batch.N }
func (a arraySource) name(i int) string { return fmt.Sprintf("picture %d", i) }

func (a arraySource) raster(i int, b *budget) (raster, func(), error) {
	h, w, c := a.batch.H, a.batch.W, a.batch.C
	release := b.take(int64(h) * int64(w) * bytesPerPixel)
	data := a.batch.Picture(i)
	if a.file != nil {
		data = make([]byte, h*w*c)
		if err := a.file.Copy(data, i*len(data)); err != nil {
			release()
			return raster{}, nil, err
		}
	}
	return rasterOfBytes(data, h, w, c), release, nil
}
