package pictures

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // the formats that image.Decode knows
	_ "image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"os"
	"strings"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"github.com/jumelle/jumelle/core"
)

const (
	// maxPixels is Pillow's limit against decompression bombs: a quarter of a
	// gigabyte of 24-bit pixels, twice.
	maxPixels = 178956970
	// maxFile bounds what one file may take before it is known to be a picture.
	maxFile = 256 << 20
	// bytesPerPixel is what decoding takes at its peak, per pixel: the decoded
	// picture and two copies of four channels, or the coefficients of a
	// progressive JPEG.
	bytesPerPixel = 12
)

// startBytes is how much of a file is read to learn its size: in general enough
// for what cameras write before the picture, a preview included.
const startBytes = 128 << 10

// size is height and width of file i, upright where wanted is 0: to bring it to
// a wanted size, a file needs not be read to its end.
func (f *fileSource) size(i, wanted int) (side, error) {
	data, whole, err := readFile(f.files[i].path, startBytes)
	if err != nil {
		return side{}, err
	}
	w, h, format, err := header(data)
	turn, sure := 0, true
	if err == nil && wanted == 0 {
		turn, sure = orientation(data, format)
	}
	if !whole && (err != nil || !sure) {
		if data, _, err = readFile(f.files[i].path, maxFile); err != nil {
			return side{}, err
		}
		if w, h, format, err = header(data); err == nil {
			turn, _ = orientation(data, format)
		}
	}
	if turn >= 5 { // a quarter turn
		w, h = h, w
	}
	return side{uint16(h), uint16(w)}, err
}

// raster decodes file i and turns it upright.
func (f *fileSource) raster(i int, b *budget) (raster, func(), error) {
	data, _, err := readFile(f.files[i].path, maxFile)
	if err != nil {
		return raster{}, nil, err
	}
	w, h, format, err := header(data)
	if err != nil {
		return raster{}, nil, err
	}
	release := b.take(int64(w) * int64(h) * bytesPerPixel)
	ok := false
	defer func() {
		if !ok { // an error, or a decoder that panics
			release()
		}
	}()
	r, err := decode(data, format)
	if err != nil {
		return raster{}, nil, fmt.Errorf("%s: %w", strings.ToUpper(format), err)
	}
	turn, _ := orientation(data, format)
	r.upside = upright(turn)
	ok = true
	return r, release, nil
}

// readFile reads the first most bytes of a file that may be anything: also too
// big, or not a file. An error of the file system is EIO.
func readFile(path string, most int64) (data []byte, whole bool, err error) {
	defer func() {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = &core.Error{Code: core.EIO, Err: pe.Err}
		}
	}()
	// A pipe would block at Open.
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, err
	}
	if !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, false, errors.New("a folder, not a file")
		}
		return nil, false, fmt.Errorf("a special file (%s)", info.Mode().Type())
	}
	if info.Size() > maxFile {
		return nil, false, fmt.Errorf("the file has %d MB, more than the %d MB that are read", info.Size()>>20, maxFile>>20)
	}
	if info.Size() == 0 {
		return nil, false, errors.New("the file is empty")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	data = make([]byte, min(info.Size(), most))
	n, err := io.ReadFull(f, data)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil // it became shorter just now: the decoder will say so
	}
	return data[:n], info.Size() <= most, err
}

// header reads what a picture claims to be and refuses it before anything of
// that size is allocated.
func header(data []byte) (w, h int, format string, err error) {
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if errors.Is(err, image.ErrFormat) {
		return 0, 0, "", errors.New("not a picture in a format that is read: JPEG, PNG, GIF, WebP, BMP, TIFF")
	}
	if err != nil {
		return 0, 0, "", short(err)
	}
	w, h = cfg.Width, cfg.Height
	switch {
	case w < 1 || h < 1:
		return 0, 0, "", fmt.Errorf("%s: the header claims %d x %d", strings.ToUpper(format), w, h)
	case int64(w)*int64(h) > maxPixels:
		return 0, 0, "", fmt.Errorf("%s: the header claims %d x %d, more than %d pixels: it could be a decompression bomb", strings.ToUpper(format), w, h, maxPixels)
	case w > core.MaxSide || h > core.MaxSide:
		return 0, 0, "", fmt.Errorf("%s: the picture is %d x %d, sides of at most %d are read", strings.ToUpper(format), w, h, core.MaxSide)
	}
	return w, h, format, nil
}

func decode(data []byte, format string) (raster, error) {
	switch format {
	case "gif":
		return decodeGIF(data)
	case "webp":
		return decodeWebP(data)
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return raster{}, short(err)
	}
	r := rasterOf(m)
	// Gray with alpha or a transparent colour arrives as a colour picture.
	if format == "png" && len(data) > 25 && (data[25] == 0 || data[25] == 4) {
		r.gray = true
	}
	return r, nil
}

// short says in plain words that a file ends too early.
func short(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the file is cut short")
	}
	return err
}
