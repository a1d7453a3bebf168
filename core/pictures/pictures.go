// Package pictures owns rows of uint8 pictures and where they come from: arrays
// in memory, .npy files, folders and lists of picture files. It decodes, turns
// upright, resizes and packs. It does not know what the pictures are for.
//
// What a decoded picture is:
//   - The content of a file decides its format, not its name: JPEG, PNG, GIF,
//     WebP, BMP and TIFF. Of an animation, the first frame.
//   - The EXIF orientation of JPEG, PNG, WebP and TIFF is applied.
//   - Alpha is dropped: a transparent pixel shows the colour stored in it, as
//     Pillow's convert("RGB") does. Nothing is composited. Colour profiles are
//     ignored.
//   - Of 16 bits the upper 8 remain. CMYK becomes (255-c)(255-k)/255.
//   - One channel becomes three by repetition; three become one as
//     0.2989 R + 0.587 G + 0.114 B, truncated, after resizing.
//   - Size resizes the shorter side to Size with an antialiased cubic filter
//     (imaging.CatmullRom, the kernel of Pillow's BICUBIC), the longer one to
//     floor(Size*longer/shorter), and cuts the middle Size x Size. Of pictures
//     longer than three times their shorter side the middle part is resized.
package pictures

import (
	"errors"
	"fmt"
	"sync"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
	"github.com/jumelle/jumelle/core/par"
)

// op names the package in messages, as Python's jm.Images does.
const op = "images"

// DefaultCache is how much memory decoded pictures may stay in.
const DefaultCache = 1 << 30

// Options says what pictures should come out. The zero value gives three
// channels, the stored size and DefaultCache.
type Options struct {
	Size     int   // of the square; 0: as stored, and then all must have one size
	Channels int   // 1 or 3; 0 means 3
	Cache    int64 // bytes of decoded pictures to keep; 0: DefaultCache, negative: none
	Deferred bool  // Open lists the files only; Load reads them, in steps
}

// Problem is a file that is not among the pictures, and why.
type Problem struct{ Path, Reason string }

// Set is an ordered set of pictures of one shape. Opening it reads every file
// once, so that Len and Problems are final and a broken file cannot stop a
// training run hours later. Pictures that fit into Options.Cache stay in memory;
// more of them are decoded again by each Read (Pack decodes them for good).
//
// Read may be called from several goroutines. The slices that methods return
// are the set's own: do not change them.
type Set struct {
	opt    Options
	src    source
	file   *npy.File // the mapped file behind src, if there is one
	budget *budget

	next    int   // the candidate that Load reads next
	rows    []int // candidate number of each picture
	h, w    int   // 0 until known
	scratch []byte
	cache   block      // decoded pictures, the first Len() of which are in place
	whole   core.Batch // the pictures as they lie in memory, or Data nil

	paths   []string
	labels  []int64
	classes []string

	mu       sync.Mutex // guards problems: Read may find more
	problems []Problem
}

// source is where candidates for pictures come from.
type source interface {
	count() int
	// name is what messages call candidate i.
	name(i int) string
	// raster gives candidate i. Its bytes are read by the row function: within
	// the budget that the source has taken and that release gives back.
	raster(i int, b *budget) (r raster, release func(), err error)
}

func newSet(src source, opt Options) (*Set, error) {
	if opt.Size < 0 || opt.Size > core.MaxSide {
		return nil, core.Invalid(op, "size", "want 1 to %d, or 0 for pictures as they are stored, got %d", core.MaxSide, opt.Size)
	}
	switch opt.Channels {
	case 0:
		opt.Channels = 3
	case 1, 3:
	default:
		return nil, core.Invalid(op, "channels", "want 1 or 3, got %d", opt.Channels)
	}
	if opt.Cache == 0 {
		opt.Cache = DefaultCache
	}
	return &Set{opt: opt, src: src, h: opt.Size, w: opt.Size, budget: newBudget(decodeBudget)}, nil
}

// FromBatch is a set of pictures in memory. b.Data must not change while the set
// is in use; where Size and Channels ask for nothing else, nothing is copied.
func FromBatch(b core.Batch, opt Options) (*Set, error) {
	if err := b.Check(op, "source"); err != nil {
		return nil, err
	}
	s, err := newSet(arraySource{batch: b}, opt)
	if err != nil {
		return nil, err
	}
	return s.orClose(s.openArray(b))
}

// openArray finishes a set of pictures that are known to be good.
func (s *Set) openArray(b core.Batch) error {
	if s.opt.Size == 0 {
		s.h, s.w = b.H, b.W
	}
	if b.H == s.h && b.W == s.w && b.C == s.opt.Channels {
		s.whole, s.next = b, b.N
		return nil
	}
	if int64(b.N)*int64(s.pictureBytes()) > s.opt.Cache {
		// Nothing can be wrong with them: converted at each Read.
		s.rows = make([]int, b.N)
		for i := range s.rows {
			s.rows[i] = i
		}
		s.next = b.N
		return nil
	}
	return s.finish()
}

// finish is what Open does after listing.
func (s *Set) finish() error {
	if s.opt.Deferred {
		return nil
	}
	_, _, err := s.Load(s.src.count())
	return err
}

// orClose is s, or the error of opening it and nothing.
func (s *Set) orClose(err error) (*Set, error) {
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Len is the number of pictures.
func (s *Set) Len() int {
	if s.whole.Data != nil {
		return s.whole.N
	}
	return len(s.rows)
}

// Shape is height, width and channels of every picture.
func (s *Set) Shape() (h, w, c int) { return s.h, s.w, s.opt.Channels }

// Paths is the file of each picture, nil for pictures that come from none.
func (s *Set) Paths() []string { return s.paths }

// Labels is the class number of each picture, nil where there are no classes.
func (s *Set) Labels() []int64 { return s.labels }

// Classes is the names of the classes, nil where there are none. A class may
// have no picture: the numbers depend on the folders' names alone.
func (s *Set) Classes() []string { return s.classes }

// Problems is every file that is not among the pictures.
func (s *Set) Problems() []Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problems[:len(s.problems):len(s.problems)]
}

// Resident is all pictures as one array where they are in memory or mapped
// already: no copy, valid until Close. False where Read has work to do.
func (s *Set) Resident() (core.Batch, bool) {
	if s.whole.Data != nil {
		return s.whole, true
	}
	if s.cache.data != nil && s.next == s.src.count() {
		n := len(s.rows)
		return core.Batch{N: n, H: s.h, W: s.w, C: s.opt.Channels, Data: s.cache.data[:n*s.pictureBytes()]}, true
	}
	return core.Batch{}, false
}

// Close gives memory and a mapped file back. The set is of no use afterwards,
// nor is what Resident returned. Closing twice does nothing.
func (s *Set) Close() error {
	s.whole, s.rows = core.Batch{}, nil
	err := s.cache.free()
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	return err
}

func (s *Set) pictureBytes() int { return s.h * s.w * s.opt.Channels }

// Read fills out with the pictures that indices name, in their order; nil means
// all. out must have their shape. Pictures are read side by side (par.For) and
// independently of each other. A file that broke after it was opened is EIO,
// becomes a problem too, and out is undefined.
func (s *Set) Read(indices []int64, out core.Batch) error {
	n := len(indices)
	if indices == nil {
		n = s.Len()
	}
	if err := out.Check(op, "out"); err != nil {
		return err
	}
	if out.N != n || out.H != s.h || out.W != s.w || out.C != s.opt.Channels {
		return core.Errorf(core.EShape, op, "out", "want shape (%d, %d, %d, %d), got (%d, %d, %d, %d)", n, s.h, s.w, s.opt.Channels, out.N, out.H, out.W, out.C)
	}
	for k, i := range indices {
		if i < 0 || i >= int64(s.Len()) {
			return core.Invalid(op, "indices", "want 0 to %d, got %d at place %d", s.Len()-1, i, k)
		}
	}
	// Copies are cheap: a piece should be worth a hand-over (about 256 KB).
	grain := max(1, (256<<10)/s.pictureBytes())
	if _, ok := s.Resident(); !ok {
		grain = 1
	}
	return par.For(n, grain, func(lo, hi int) error {
		for k := lo; k < hi; k++ {
			i := k
			if indices != nil {
				i = int(indices[k])
			}
			if err := s.read(i, out.Picture(k)); err != nil {
				return err
			}
		}
		return nil
	})
}

// read fills out with picture i.
func (s *Set) read(i int, out []byte) error {
	if b, ok := s.Resident(); ok {
		if s.file != nil && s.whole.Data != nil {
			return s.file.Copy(out, i*len(out))
		}
		copy(out, b.Picture(i))
		return nil
	}
	c := s.rows[i]
	p, err := s.picture(c, out)
	if err == nil && (p.H != s.h || p.W != s.w) {
		err = core.Errorf(core.EIO, "", "", "the picture was %d x %d and is now %d x %d", s.h, s.w, p.H, p.W)
	}
	if err != nil {
		s.problem(s.src.name(c), err)
		return &core.Error{Code: core.EIO, Op: op, Argument: s.src.name(c), Err: err}
	}
	return nil
}

// picture is candidate c in the shape that the options ask for, in out if it has
// that shape's length. The shape is not compared with that of the others.
func (s *Set) picture(c int, out []byte) (p core.Batch, err error) {
	// A decoder that panics on a broken file must not take the other files along.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the decoder failed: %v", r)
		}
	}()
	r, release, err := s.src.raster(c, s.budget)
	if err != nil {
		return core.Batch{}, err
	}
	defer release()
	return r.fit(s.opt.Size, s.opt.Channels, out)
}

func (s *Set) problem(path string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, Problem{path, err.Error()})
}
