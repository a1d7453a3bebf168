package pictures

// block is memory for decoded pictures. A big one lies outside Go's heap: the
// collector lets a heap grow to twice what is in use, and a gigabyte of pixels
// that nobody drops would have it leave another gigabyte of garbage lying about.
type block struct {
	data   []byte
	mapped bool
}

// offHeap is the size in bytes from which a block is kept outside the heap.
const offHeap = 16 << 20

func (b *block) alloc(n int) error {
	if n < offHeap {
		b.data = make([]byte, n)
		return nil
	}
	data, err := mapAnonymous(n)
	if err != nil {
		return err
	}
	b.data, b.mapped = data, true
	return nil
}

func (b *block) free() error {
	data, mapped := b.data, b.mapped
	b.data, b.mapped = nil, false
	if !mapped {
		return nil
	}
	return unmapAnonymous(data)
}
