package augment

import (
	"errors"
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
	j, err := p.job(in.N, in.C, opt, out)
	if err != nil {
		return err
	}
	return j.run(func(i int) (int, int, []byte) { return in.H, in.W, in.Picture(i) })
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
	j, err := p.job(len(in), in[0].C, opt, out)
	if err != nil {
		return err
	}
	return j.run(func(i int) (int, int, []byte) { return in[i].H, in[i].W, in[i].Data })
}

// Source gives pictures one at a time, as pictures.Set does: those of a folder,
// each of its own size. Its methods are called by several goroutines.
type Source interface {
	Len() int
	Size(i int) (h, w int)
	// Use calls fn with picture i, a batch of one, which is valid during fn alone.
	Use(i int, fn func(core.Batch) error) error
}

// ApplyFrom is Apply for pictures of a source with c channels: those that
// opt.Indices names, which are their numbers too; nil means all. Each is decoded,
// and its views made, by one worker: no more pictures are in memory than workers.
func (p *Pipeline) ApplyFrom(src Source, c int, opt Options, out []byte) error {
	n := src.Len()
	if opt.Indices != nil {
		n = len(opt.Indices)
	}
	if n == 0 {
		return core.Errorf(core.EShape, opApply, "indices", "want at least one picture, got none")
	}
	j, err := p.job(n, c, opt, out)
	if err != nil {
		return err
	}
	h, w := 0, 0
	for k := range n {
		i := int(j.number(k))
		if i >= src.Len() {
			return core.Invalid(opApply, index("indices", k), "want 0 to %d, got %d", src.Len()-1, i)
		}
		if h2, w2 := src.Size(i); h2 != h || w2 != w {
			h, w = h2, w2
			if err := p.checkShapes("pictures", h, w); err != nil {
				var e *core.Error
				errors.As(err, &e)
				return core.Errorf(e.Code, e.Op, e.Argument, "%s (picture %d)", e.Msg, i)
			}
		}
	}
	return par.Do(opt.Threads, n, 1, func(k, _ int) error {
		return src.Use(int(j.number(k)), func(b core.Batch) error {
			v := p.workers.Get().(*view)
			defer p.workers.Put(v)
			for number := range j.views {
				j.view(v, k, number, b.H, b.W, b.Data)
			}
			v.src = nil // the pool must not keep the picture alive
			return nil
		})
	})
}

// job is what a call of Apply has to do: checked.
type job struct {
	p     *Pipeline
	n, c  int // pictures, channels
	views int // of each
	one   int // bytes of a view
	opt   Options
	out   []byte
}

// pieces bounds how finely the work is divided: enough to keep workers evenly
// busy, few enough that what par.Do needs for each piece does not count.
const pieces = 256

func (p *Pipeline) job(n, c int, opt Options, out []byte) (job, error) {
	views := opt.Views
	if views == 0 {
		views = 1
	}
	if views < 1 || views > math.MaxUint16+1 {
		return job{}, core.Invalid(opApply, "views", "want 1 to %d, got %d", math.MaxUint16+1, opt.Views)
	}
	if err := par.CheckThreads(opApply, "threads", opt.Threads); err != nil {
		return job{}, err
	}
	if opt.Indices != nil && len(opt.Indices) != n {
		return job{}, core.Errorf(core.EShape, opApply, "indices", "want one for each of %d pictures, got %d", n, len(opt.Indices))
	}
	for i, x := range opt.Indices {
		if x < 0 || x > math.MaxUint32 {
			return job{}, core.Invalid(opApply, index("indices", i), "want 0 to %d, got %d", uint32(math.MaxUint32), x)
		}
	}
	size := p.spec.Size
	one := size * size * c
	if n > math.MaxInt/one/views {
		return job{}, core.Errorf(core.EShape, opApply, "out", "want memory for %d views of %d pictures of %d bytes: more than there can be", views, n, one)
	}
	if len(out) != views*n*one {
		return job{}, core.Errorf(core.EShape, opApply, "out", "want %d bytes for shape (%d, %d, %d, %d, %d), got %d", views*n*one, views, n, size, size, c, len(out))
	}
	return job{p, n, c, views, one, opt, out}, nil
}

// number is the number of the picture at place k.
func (j *job) number(k int) uint32 {
	if j.opt.Indices != nil {
		return uint32(j.opt.Indices[k])
	}
	return uint32(k)
}

// view makes one view of the picture at place k, in v.
func (j *job) view(v *view, k, number, h, w int, data []byte) {
	v.begin(rng.Key{Seed: j.opt.Seed, Epoch: j.opt.Epoch, Picture: j.number(k), View: uint16(number)}, h, w, j.c, data)
	for i, steps := 0, j.p.views[number%len(j.p.views)]; i < len(steps); i++ {
		v.do(&steps[i])
	}
	at := (number*j.n + k) * j.one
	v.finish(j.out[at : at+j.one])
}

func (j *job) run(picture func(k int) (h, w int, data []byte)) error {
	total := j.views * j.n
	return par.Do(j.opt.Threads, total, (total+pieces-1)/pieces, func(lo, hi int) error {
		v := j.p.workers.Get().(*view)
		defer j.p.workers.Put(v)
		for t := lo; t < hi; t++ {
			// The views of one picture follow one another: it is in the cache.
			k := t / j.views
			h, w, data := picture(k)
			j.view(v, k, t%j.views, h, w, data)
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
