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
	"sync"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
)

// op names the package in messages, as Python's jm.Images does.
const op = "images"

// DefaultCache is how much memory decoded pictures may stay in.
const DefaultCache = 1 << 30

// Options says what pictures should come out. The zero value gives three
// channels, each picture's stored size and DefaultCache.
type Options struct {
	Size     int   // of the square; 0: as stored, and then pictures may differ in size
	Channels int   // 1 or 3; 0 means 3
	Cache    int64 // bytes of decoded pictures to keep; 0: DefaultCache, negative: none
	Check    Check // which files Open decodes to find the broken ones
}

// Check says how much Open looks at files. It reads the header of each in any
// case, which finds what is no picture, claims too much or ends too early.
type Check int

const (
	CheckSome Check = 0  // decode all if they have at most SomePixels: a second or two
	CheckAll  Check = 1  // decode all
	CheckNone Check = -1 // headers only
)

// SomePixels is how many pixels Open decodes with CheckSome: of more it reads the
// headers, some 30 microseconds a photo from memory where decoding takes a millisecond.
const SomePixels = 1 << 27

// Problem is a file that holds no picture that can be read, and why.
type Problem struct{ Path, Reason string }

// Set is an ordered set of pictures. Opening it reads the header of every file,
// so that Len, Sizes, Paths and Labels are final, and decodes them where Check
// says so. A file that turns out to be broken then is left out and is a problem;
// one whose header is fine and that turns out to be broken only when it is read
// is a problem from then on, and its picture is black: numbers and labels stay,
// and one bad file does not stop a training run hours later. (Pack leaves it out.)
//
// Decoded pictures stay in memory as far as they fit into Options.Cache; others
// are decoded again each time (Pack decodes them for good).
//
// Read and Use may be called from several goroutines. The slices that methods
// return are the set's own: do not change them.
type Set struct {
	opt    Options
	src    source
	file   *npy.File // the mapped file behind src, if there is one
	budget *budget

	rows  []int      // candidate number of each picture, nil: they are the candidates
	n     int        // number of pictures
	h, w  int        // of every picture, 0: they differ
	sizes []side     // of each picture, where they differ
	whole core.Batch // the pictures as they lie in memory, or Data nil
	kept  kept       // decoded pictures

	paths   []string
	labels  []int64
	classes []string

	scratch sync.Pool // *[]byte: a decoded picture on its way

	mu       sync.Mutex // guards what follows: Read may find more
	problems []Problem
	broken   map[int]bool // pictures that turned out to be broken
}

// side is height and width of a picture: at most core.MaxSide.
type side struct{ h, w uint16 }

// source is where candidates for pictures come from.
type source interface {
	count() int
	// name is what messages call candidate i.
	name(i int) string
	// raster gives candidate i. Its bytes are read by the row function: within
	// the budget that the source has taken and that release gives back. A file
	// system that fails is EIO; any other error is that of a broken file.
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
	if opt.Check < CheckNone || opt.Check > CheckAll {
		return nil, core.Invalid(op, "check", "want -1 (headers), 0 (some) or 1 (all), got %d", opt.Check)
	}
	if opt.Cache == 0 {
		opt.Cache = DefaultCache
	}
	return &Set{opt: opt, src: src, h: opt.Size, w: opt.Size, budget: newBudget(decodeBudget), broken: map[int]bool{}}, nil
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
	s.setArray(b)
	return s, nil
}

// setArray makes the set's pictures those of an array, of which none is broken.
func (s *Set) setArray(b core.Batch) {
	s.n = b.N
	if s.opt.Size == 0 {
		s.h, s.w = b.H, b.W
	}
	if b.H == s.h && b.W == s.w && b.C == s.opt.Channels {
		s.whole = b
		return
	}
	s.kept.plan(s, s.opt.Cache)
}

// Len is the number of pictures.
func (s *Set) Len() int { return s.n }

// Shape is height, width and channels of every picture; height and width are 0
// where pictures differ (see Size).
func (s *Set) Shape() (h, w, c int) { return s.h, s.w, s.opt.Channels }

// Size is height and width of picture i.
func (s *Set) Size(i int) (h, w int) {
	if s.sizes != nil {
		return int(s.sizes[i].h), int(s.sizes[i].w)
	}
	return s.h, s.w
}

// Paths is the file of each picture, nil for pictures that come from none.
func (s *Set) Paths() []string { return s.paths }

// Labels is the class number of each picture, nil where there are no classes.
func (s *Set) Labels() []int64 { return s.labels }

// Classes is the names of the classes, nil where there are none. A class may
// have no picture: the numbers depend on the folders' names alone.
func (s *Set) Classes() []string { return s.classes }

// Problems is every file that could not be read so far.
func (s *Set) Problems() []Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problems[:len(s.problems):len(s.problems)]
}

// Close gives memory and a mapped file back. The set is of no use afterwards.
// Closing twice does nothing.
func (s *Set) Close() error {
	s.whole, s.rows, s.n = core.Batch{}, nil, 0
	err := s.kept.free()
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	return err
}

// pictureBytes is the size of picture i in memory.
func (s *Set) pictureBytes(i int) int {
	h, w := s.Size(i)
	return h * w * s.opt.Channels
}

// candidate is the number of picture i in the source.
func (s *Set) candidate(i int) int {
	if s.rows != nil {
		return s.rows[i]
	}
	return i
}

// problem records that picture i is broken, once.
func (s *Set) problem(i int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.broken[i] {
		s.broken[i] = true
		s.problems = append(s.problems, Problem{s.src.name(s.candidate(i)), err.Error()})
	}
}
