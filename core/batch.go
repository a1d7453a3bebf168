package core

// Batch is uint8 pictures in row-major order (N, H, W, C), C = 1 or 3. It is how
// pictures travel between packages; whoever holds Data owns it.
type Batch struct {
	N, H, W, C int
	Data       []byte
}

// Picture is the bytes of picture i, (H, W, C).
func (b Batch) Picture(i int) []byte {
	size := b.H * b.W * b.C
	return b.Data[i*size : (i+1)*size : (i+1)*size]
}

// Check says whether the shape makes sense and Data has exactly its bytes. An
// empty batch is an error: no function of the library has a use for one.
func (b Batch) Check(op, argument string) error {
	if b.N < 1 || b.H < 1 || b.W < 1 || (b.C != 1 && b.C != 3) {
		return Errorf(EShape, op, argument, "want pictures of shape (n, h, w, 1 or 3), none of them 0, got (%d, %d, %d, %d)", b.N, b.H, b.W, b.C)
	}
	if b.H > MaxSide || b.W > MaxSide {
		return Errorf(EShape, op, argument, "want pictures of at most %d x %d, got %d x %d", MaxSide, MaxSide, b.H, b.W)
	}
	if want := b.N * b.H * b.W * b.C; len(b.Data) != want {
		return Errorf(EShape, op, argument, "want %d bytes for shape (%d, %d, %d, %d), got %d", want, b.N, b.H, b.W, b.C, len(b.Data))
	}
	return nil
}

// MaxSide is the largest height and width of a picture.
const MaxSide = 8192
