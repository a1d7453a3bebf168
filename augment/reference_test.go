package augment

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/rng"
)

const goldenFolder = "../tests/golden/augment"

// readPNG returns a picture of 1 or 3 channels.
func readPNG(t *testing.T, name string) core.Batch {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(goldenFolder, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	b := core.Batch{N: 1, H: img.Bounds().Dy(), W: img.Bounds().Dx(), C: 3}
	if g, ok := img.(*image.Gray); ok {
		b.C = 1
		for y := range b.H {
			b.Data = append(b.Data, g.Pix[y*g.Stride:][:b.W]...)
		}
		return b
	}
	for y := range b.H {
		for x := range b.W {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			b.Data = append(b.Data, c.R, c.G, c.B)
		}
	}
	return b
}

// Every operation at fixed values against torchvision's and Pillow's picture of
// it (tests/golden/augment/make_references.py), within the bound stated there.
func TestOperationsAgainstReferencePictures(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(goldenFolder, "references.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name, Source, Op string
		Values           struct {
			Y, X, H, W, Size, Quarters, Radius, Threshold, Bits, Fill int
			Interpolation                                             string
			Factor, Sigma, Degrees                                    float64
		}
		Bound int
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 100 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		in, want := readPNG(t, "source_"+c.Source), readPNG(t, c.Name)
		v, x := new(view), c.Values
		// Once from the interleaved picture, once from planes.
		for _, loaded := range []bool{false, true} {
			v.begin(rng.Key{}, in.H, in.W, in.C, in.Data)
			if loaded {
				v.pixels()
			}
			switch c.Op {
			case "resize":
				v.resize(x.Y, x.X, x.H, x.W, x.Size, x.Size, filters[x.Interpolation])
			case "hflip":
				v.flip(true, false)
			case "vflip":
				v.flip(false, true)
			case "turn":
				v.turn(x.Quarters)
			case "brightness":
				v.brightness(x.Factor)
			case "contrast":
				v.contrast(x.Factor)
			case "saturation":
				v.saturation(x.Factor)
			case "hue":
				v.hue(x.Factor)
			case "grayscale":
				new(Grayscale).run(v, nil)
			case "blur":
				v.blur(x.Sigma, x.Radius)
			case "solarize":
				(&Solarize{Threshold: x.Threshold}).run(v, nil)
			case "posterize":
				(&Posterize{Bits: x.Bits}).run(v, nil)
			case "equalize":
				new(Equalize).run(v, nil)
			case "rotate":
				v.rotate(x.Degrees, byte(x.Fill))
			case "sobel":
				new(Sobel).run(v, nil)
			case "centre":
				(&CenterCrop{Size: x.Size}).run(v, nil)
			default:
				t.Fatalf("%s: unknown operation %s", c.Name, c.Op)
			}
			if v.h != want.H || v.w != want.W || v.c != want.C {
				t.Fatalf("%s: %d x %d x %d, want %d x %d x %d", c.Name, v.h, v.w, v.c, want.H, want.W, want.C)
			}
			got := make([]byte, len(want.Data))
			v.finish(got)
			worst, differ := 0, 0
			for i := range got {
				if d := max(int(got[i])-int(want.Data[i]), int(want.Data[i])-int(got[i])); d > 0 {
					worst = max(worst, d)
					differ++
				}
			}
			if worst > c.Bound {
				t.Errorf("%s: off by %d levels, %d of %d bytes differ; at most %d allowed", c.Name, worst, differ, len(got), c.Bound)
			} else if worst > 0 {
				t.Logf("%s: off by %d level, %d of %d bytes", c.Name, worst, differ, len(got))
			}
		}
	}
}
