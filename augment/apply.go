package augment

import (
	"math"
	"reflect"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/core/rng"
)

// Options of Apply. The zero value makes one view of each picture with seed 0,
// epoch 0 and pictures numbered from 0.
type Options struct {
	Views   int     // views of each picture; 0 means 1
	Seed    uint64  //
	Epoch   uint32  //
	Indices []int64 // number of each picture, 0 to 2^32-1; nil: 0, 1, 2, ...
	Threads int     // workers; 0: all that par.Threads allows
}

// Apply makes the views of all pictures of in and writes them to out, (V, N,
// size, size, C). A view depends on the picture, its number, the view's number,
// seed and epoch alone: not on the batch, the order or the threads.
//
// out must not overlap in. On an error out is undefined. The memory of a call
// does not grow with N.
func (p *Pipeline) Apply(in core.Batch, opt Options, out []byte) error {
	if err := in.Check(opApply, "pictures"); err != nil {
		return err
	}
	if err := p.checkShapes("pictures", in.H, in.W); err != nil {
		return err
	}
	if err := checkSeparate(in.Data, out); err != nil {
		return err
	}
	return p.apply(in.N, in.C, opt, out, func(i int) (int, int, []byte) { return in.H, in.W, in.Picture(i) })
}

// ApplyEach is Apply for pictures that differ in size: each entry of in is a
// batch of one picture; all have the same number of channels.
func (p *Pipeline) ApplyEach(in []core.Batch, opt Options, out []byte) error {
	if len(in) == 0 {
		return core.Errorf(core.EShape, opApply, "pictures", "want at least one picture, got none")
	}
	for i, b := range in {
		at := index("pictures", i)
		if err := b.Check(opApply, at); err != nil {
			return err
		}
		if b.N != 1 || b.C != in[0].C {
			return core.Errorf(core.EShape, opApply, at, "want one picture of %d channels, got %d of %d", in[0].C, b.N, b.C)
		}
		if err := p.checkShapes(at, b.H, b.W); err != nil {
			return err
		}
		if err := checkSeparate(b.Data, out); err != nil {
			return err
		}
	}
	return p.apply(len(in), in[0].C, opt, out, func(i int) (int, int, []byte) { return in[i].H, in[i].W, in[i].Data })
}

// pieces bounds how finely the work is divided: enough to keep workers evenly
// busy, few enough that what par.Do needs for each piece does not count.
const pieces = 256

func (p *Pipeline) apply(n, c int, opt Options, out []byte, picture func(i int) (h, w int, data []byte)) error {
	views := opt.Views
	if views == 0 {
		views = 1
	}
	if views < 1 || views > math.MaxUint16+1 {
		return core.Invalid(opApply, "views", "want 1 to %d, got %d", math.MaxUint16+1, opt.Views)
	}
	if opt.Threads < 0 {
		return core.Invalid(opApply, "threads", "want 0 (all) or a positive number, got %d", opt.Threads)
	}
	if opt.Indices != nil && len(opt.Indices) != n {
		return core.Errorf(core.EShape, opApply, "indices", "want one for each of %d pictures, got %d", n, len(opt.Indices))
	}
	for i, x := range opt.Indices {
		if x < 0 || x > math.MaxUint32 {
			return core.Invalid(opApply, index("indices", i), "want 0 to %d, got %d", uint32(math.MaxUint32), x)
		}
	}
	size := p.spec.Size
	one := size * size * c
	if n > math.MaxInt/one/views {
		return core.Errorf(core.EShape, opApply, "out", "want memory for %d views of %d pictures of %d bytes: more than there can be", views, n, one)
	}
	if len(out) != views*n*one {
		return core.Errorf(core.EShape, opApply, "out", "want %d bytes for shape (%d, %d, %d, %d, %d), got %d", views*n*one, views, n, size, size, c, len(out))
	}
	total := views * n
	return par.Do(opt.Threads, total, (total+pieces-1)/pieces, func(lo, hi int) error {
		v := p.workers.Get().(*view)
		defer p.workers.Put(v)
		for t := lo; t < hi; t++ {
			// The views of one picture follow one another: it is in the cache.
			i, number := t/views, t%views
			id := uint32(i)
			if opt.Indices != nil {
				id = uint32(opt.Indices[i])
			}
			h, w, data := picture(i)
			v.begin(rng.Key{Seed: opt.Seed, Epoch: opt.Epoch, Picture: id, View: uint16(number)}, h, w, c, data)
			for j, steps := 0, p.views[number%len(p.views)]; j < len(steps); j++ {
				v.do(&steps[j])
			}
			at := (number*n + i) * one
			v.finish(out[at : at+one])
		}
		v.src = nil // the pool must not keep the caller's pictures alive
		return nil
	})
}

// checkSeparate refuses an output that shares memory with the pictures: views
// are written while pictures are still being read.
func checkSeparate(in, out []byte) error {
	if len(in) == 0 || len(out) == 0 {
		return nil
	}
	a, b := reflect.ValueOf(in).Pointer(), reflect.ValueOf(out).Pointer()
	if a < b+uintptr(len(out)) && b < a+uintptr(len(in)) {
		return core.Invalid(opApply, "out", "want memory of its own, got memory that overlaps the pictures")
	}
	return nil
}
