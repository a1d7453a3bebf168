package augment

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/rng"
)

// noise is n made-up pictures; every byte is random.
func noise(n, h, w, c int) core.Batch {
	s := rng.Key{Seed: 1, Operation: rng.Data}.Stream()
	b := core.Batch{N: n, H: h, W: w, C: c, Data: make([]byte, n*h*w*c)}
	for i := range b.Data {
		b.Data[i] = byte(s.Uint32())
	}
	return b
}

// smooth is made-up pictures with colour areas and edges, more like a photo.
func smooth(n, h, w, c int) core.Batch {
	b := core.Batch{N: n, H: h, W: w, C: c, Data: make([]byte, n*h*w*c)}
	for i := range b.Data {
		x, y, ch := i/c%w, i/c/w%h, i%c
		wave := math.Sin(float64(x*(ch+1))*6/float64(w)) + math.Cos(float64(y*(3-ch))*5/float64(h)+float64(i/(h*w*c)))
		b.Data[i] = byte(127 + 60*wave)
	}
	return b
}

func apply(t testing.TB, p *Pipeline, in core.Batch, opt Options) []byte {
	t.Helper()
	out := make([]byte, max(1, opt.Views)*in.N*p.Size()*p.Size()*in.C)
	if err := p.Apply(in, opt, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBytesDependOnTheKeyAlone(t *testing.T) {
	for _, document := range []string{every(), `{"preset": "byol", "size": 16}`} {
		p := mustFrom(t, document)
		for _, c := range []int{1, 3} {
			in := noise(9, 16, 16, c)
			one := 16 * 16 * c
			opt := Options{Views: 3, Seed: 5, Epoch: 2, Threads: 1}
			want := apply(t, p, in, opt)
			opt.Threads = 16
			if !bytes.Equal(apply(t, p, in, opt), want) {
				t.Errorf("%d channels: 16 threads give other bytes than 1", c)
			}
			// Each picture alone, the last one first.
			for i := in.N - 1; i >= 0; i-- {
				single := core.Batch{N: 1, H: 16, W: 16, C: c, Data: in.Picture(i)}
				opt.Indices = []int64{int64(i)}
				got := apply(t, p, single, opt)
				for v := range 3 {
					if !bytes.Equal(got[v*one:(v+1)*one], want[(v*in.N+i)*one:][:one]) {
						t.Errorf("%d channels: picture %d, view %d alone differs from its place in the batch", c, i, v)
					}
				}
			}
			opt.Indices = nil
			for name, other := range map[string]Options{
				"seed":    {Views: 3, Seed: 6, Epoch: 2},
				"epoch":   {Views: 3, Seed: 5, Epoch: 3},
				"indices": {Views: 3, Seed: 5, Epoch: 2, Indices: []int64{9, 10, 11, 12, 13, 14, 15, 16, 1<<32 - 1}},
			} {
				if bytes.Equal(apply(t, p, in, other), want) {
					t.Errorf("%s changes nothing", name)
				}
			}
		}
	}
}

func TestEachIsApplyForPicturesOfOneSize(t *testing.T) {
	p := mustFrom(t, `{"preset": "simclr", "size": 12, "blur": true}`)
	in := noise(4, 20, 15, 3)
	each := []core.Batch{}
	for i := range in.N {
		each = append(each, core.Batch{N: 1, H: in.H, W: in.W, C: 3, Data: in.Picture(i)})
	}
	opt := Options{Views: 2, Seed: 1}
	want := apply(t, p, in, opt)
	got := make([]byte, len(want))
	if err := p.ApplyEach(each, opt, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("ApplyEach gives other bytes")
	}
	each[2] = noise(1, 99, 7, 3)
	if err := p.ApplyEach(each, opt, got); err != nil {
		t.Errorf("a picture of another size: %v", err)
	}
	each[3] = noise(1, 9, 7, 1)
	if err := p.ApplyEach(each, opt, got); err == nil || !strings.Contains(err.Error(), "pictures[3]: want one picture of 3 channels") {
		t.Errorf("a picture of another kind: %v", err)
	}
}

// folder is pictures of several sizes, given one at a time.
type folder []core.Batch

func (f folder) Len() int                                   { return len(f) }
func (f folder) Size(i int) (h, w int)                      { return f[i].H, f[i].W }
func (f folder) Use(i int, fn func(core.Batch) error) error { return fn(f[i]) }

func TestViewsOfASourceAreThoseOfEachPicture(t *testing.T) {
	p := mustFrom(t, `{"preset": "byol", "size": 12}`)
	var src folder
	for i := range 5 {
		src = append(src, noise(1, 20+i, 31-4*i, 3))
	}
	one := 12 * 12 * 3
	for _, which := range [][]int64{nil, {4, 0, 4}} {
		opt := Options{Views: 2, Seed: 1, Epoch: 9, Indices: which, Threads: 3}
		n := len(which)
		if which == nil {
			n = 5
		}
		out := make([]byte, 2*n*one)
		if err := p.ApplyFrom(src, 3, opt, out); err != nil {
			t.Fatal(err)
		}
		for k := range n {
			i := k
			if which != nil {
				i = int(which[k])
			}
			opt.Indices = []int64{int64(i)}
			want := apply(t, p, src[i], opt)
			for v := range 2 {
				if !bytes.Equal(out[(v*n+k)*one:][:one], want[v*one:][:one]) {
					t.Errorf("indices %v: view %d at place %d differs from that of picture %d alone", which, v, k, i)
				}
			}
		}
	}
}

func TestMistakesOfASourceAreNamed(t *testing.T) {
	p := mustFrom(t, `{"size": 12, "operations": [{"op": "RandomCrop"}]}`)
	src := folder{noise(1, 12, 12, 3), noise(1, 20, 13, 3), noise(1, 11, 12, 3)}
	out := make([]byte, 3*12*12*3)
	for want, opt := range map[string]Options{
		"pipeline_apply: indices[1]: want 0 to 2, got 3":           {Indices: []int64{0, 3, 1}},
		"pipeline_apply: indices[2]: want 0 to":                    {Indices: []int64{0, 1, -1}},
		"pipeline_apply: indices: want at least one picture":       {Indices: []int64{}},
		"pipeline_apply: out: want 864 bytes for shape (2, 1, 12,": {Indices: []int64{0}, Views: 2},
		"pipeline_apply: operations[0].size: want":                 {}, // and the picture
	} {
		if err := p.ApplyFrom(src, 3, opt, out); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		} else if opt.Indices == nil && !strings.HasSuffix(err.Error(), "got 11 x 12 (picture 2)") {
			t.Errorf("the picture is not named: %v", err)
		}
	}
}

func TestAnySideFrom1To8192(t *testing.T) {
	for _, name := range presets {
		p := mustFrom(t, `{"preset": "`+name+`", "size": 7}`)
		for _, shape := range [][2]int{{1, 1}, {1, 8192}, {8192, 1}, {2, 3}, {7, 7}, {33, 1}, {300, 8}} {
			for _, c := range []int{1, 3} {
				in := core.Batch{N: 1, H: shape[0], W: shape[1], C: c, Data: bytes.Repeat([]byte{77}, shape[0]*shape[1]*c)}
				out := apply(t, p, in, Options{Views: 4})
				if name == "weak" || name == "test" {
					for _, x := range out {
						if x != 77 {
							t.Fatalf("%s %v: a picture of one colour became %d", name, shape, x)
						}
					}
				}
			}
		}
	}
}

func TestWrongArgumentsAreNamed(t *testing.T) {
	p := mustFrom(t, `{"preset": "weak", "size": 8}`)
	same := mustFrom(t, `{"size": 8, "operations": [{"op": "HorizontalFlip"}]}`)
	in := noise(2, 8, 8, 3)
	out := make([]byte, 2*2*8*8*3)
	ok := Options{Views: 2}
	shared := make([]byte, len(in.Data)+len(out))
	copy(shared, in.Data)
	for _, c := range []struct {
		p    *Pipeline
		in   core.Batch
		opt  Options
		out  []byte
		want string
	}{
		{p, core.Batch{}, ok, out, "pipeline_apply: pictures: want pictures of shape"},
		{p, core.Batch{N: 2, H: 0, W: 8, C: 3}, ok, out, "pipeline_apply: pictures: want pictures of shape"},
		{p, core.Batch{N: 0, H: 8, W: 8, C: 3}, ok, out, "pipeline_apply: pictures: want pictures of shape"},
		{p, core.Batch{N: 2, H: 8, W: 8, C: 2, Data: in.Data[:256]}, ok, out, "pipeline_apply: pictures: want pictures of shape"},
		{p, core.Batch{N: 2, H: 8, W: 8, C: 3, Data: in.Data[:5]}, ok, out, "pipeline_apply: pictures: want 384 bytes"},
		{p, core.Batch{N: 1, H: 8193, W: 1, C: 1, Data: make([]byte, 8193)}, ok, out, "pipeline_apply: pictures: want pictures of at most"},
		{p, in, ok, out[1:], "pipeline_apply: out: want 768 bytes for shape (2, 2, 8, 8, 3), got 767"},
		{p, in, Options{Views: -1}, out, "pipeline_apply: views: want 1 to 65536, got -1"},
		{p, in, Options{Views: 2, Threads: -1}, out, "pipeline_apply: threads: want 0"},
		{p, in, Options{Views: 2, Indices: []int64{1}}, out, "pipeline_apply: indices: want one for each of 2 pictures, got 1"},
		{p, in, Options{Views: 2, Indices: []int64{1, -1}}, out, "pipeline_apply: indices[1]: want 0 to 4294967295, got -1"},
		{p, in, Options{Views: 2, Indices: []int64{1 << 32, 0}}, out, "pipeline_apply: indices[0]: want 0 to 4294967295, got 4294967296"},
		{p, core.Batch{N: 2, H: 8, W: 8, C: 3, Data: shared[:len(in.Data)]}, ok, shared[len(in.Data)-1:][:len(out)], "pipeline_apply: out: want memory of its own"},
		{same, noise(2, 9, 8, 3), ok, out, "pipeline_apply: pictures: want views of size 8 x 8, but the operations of view 0 give 9 x 8"},
	} {
		err := c.p.Apply(c.in, c.opt, c.out)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
	if err := p.Apply(core.Batch{N: 2, H: 8, W: 8, C: 3, Data: shared[:len(in.Data)]}, ok, shared[len(in.Data):]); err != nil {
		t.Errorf("memory side by side: %v", err)
	}
}

// Both numbers of pictures are divided into the same number of pieces of work.
func TestNoAllocationGrowsWithN(t *testing.T) {
	p := mustFrom(t, `{"preset": "simclr", "size": 8, "blur": true}`)
	count := func(n int) float64 {
		in, out := noise(n, 8, 8, 3), make([]byte, 2*n*8*8*3)
		return testing.AllocsPerRun(5, func() {
			if err := p.Apply(in, Options{Views: 2, Threads: 1}, out); err != nil {
				t.Fatal(err)
			}
		})
	}
	// The race detector makes sync.Pool forget at random: hence the margin.
	if few, many := count(320), count(3200); many > 1.5*few+2 {
		t.Errorf("%v allocations for 320 pictures, %v for 3200", few, many)
	}
}

func TestExplainDrawsWhatApplyUses(t *testing.T) {
	p := mustFrom(t, `{"preset": "simclr", "size": 16, "strength": 1, "blur": true}`)
	in := smooth(1, 30, 40, 3)
	applied := 0
	for number := range 40 {
		drawn, err := p.Explain(30, 40, 3, 9, 4, 17, number)
		if err != nil {
			t.Fatal(err)
		}
		if len(drawn) != 5 || drawn[0].Op != "RandomResizedCrop" || drawn[2].At != "operations[2]" {
			t.Fatalf("%+v", drawn)
		}
		// The view rebuilt from the drawn values alone.
		v := new(view)
		v.begin(rng.Key{}, 30, 40, 3, in.Data)
		value := map[string]float64{}
		for _, d := range drawn {
			for _, x := range d.Values {
				value[x.Name] = x.Value
			}
		}
		v.resize(int(value["y"]), int(value["x"]), int(value["height"]), int(value["width"]), 16, 16, filters[Bicubic])
		if drawn[1].Applied {
			v.flip(true, false)
		}
		for _, x := range drawn[2].Values {
			applied++
			map[string]func(float64){"brightness": v.brightness, "contrast": v.contrast, "saturation": v.saturation, "hue": v.hue}[x.Name](x.Value)
		}
		if drawn[3].Applied {
			new(Grayscale).run(v, nil)
		}
		if drawn[4].Applied {
			v.blur(value["sigma"], 1)
		}
		want := make([]byte, 16*16*3)
		v.finish(want)
		got := make([]byte, 0)
		all := apply(t, p, in, Options{Views: number + 1, Seed: 9, Epoch: 4, Indices: []int64{17}})
		got = all[number*len(want):]
		if !bytes.Equal(got, want) {
			t.Fatalf("view %d is not what Explain says: %+v", number, drawn)
		}
	}
	if applied < 4*20 {
		t.Errorf("only %d colour values in 40 views", applied)
	}
	for _, err := range []error{
		func() error { _, err := p.Explain(0, 1, 3, 0, 0, 0, 0); return err }(),
		func() error { _, err := p.Explain(1, 1, 2, 0, 0, 0, 0); return err }(),
		func() error { _, err := p.Explain(1, 1, 3, 0, 0, -1, 0); return err }(),
		func() error { _, err := p.Explain(1, 1, 3, 0, 0, 0, 1<<16); return err }(),
	} {
		if err == nil {
			t.Error("want an error")
		}
	}
}
