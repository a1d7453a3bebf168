package nn

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/core/rng"
)

func projection(outs ...int) []Head {
	h := Head{Name: "projection"}
	for i, out := range outs {
		h.Layers = append(h.Layers, Layer{Out: out, BatchNorm: true, ReLU: i < len(outs)-1})
	}
	return []Head{h}
}

// Sizes as torchvision counts them, less the classifier: resnet18 11,689,512 -
// 513,000; resnet34 21,797,672 - 513,000; resnet50 25,557,032 - 2,049,000. The
// small stem has 3x3 where theirs has 7x7 (64·3·40 weights fewer).
func TestNumbersOfParameters(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   int
	}{
		{Config{Encoder: "resnet18", Size: 224}, 11176512},
		{Config{Encoder: "resnet34", Size: 224}, 21284672},
		{Config{Encoder: "resnet50", Size: 224}, 23508032},
		{Config{Encoder: "resnet18", Size: 32}, 11176512 - 64*3*40},
		{Config{Encoder: "resnet18", Size: 32, Stem: "imagenet"}, 11176512},
		{Config{Encoder: "small", Size: 32}, 9*(3*32+32*64+64*128+128*256) + 2*(32+64+128+256)},
		{Config{Encoder: "small", Size: 32, Channels: 1, Width: 0.5}, 9*(16+16*32+32*64+64*128) + 2*(16+32+64+128)},
		{Config{Encoder: "small", Size: 32, Heads: projection(256, 128)},
			9*(3*32+32*64+64*128+128*256) + 2*(32+64+128+256) + 256*256 + 2*256 + 256*128 + 2*128},
	} {
		net, err := New(c.config)
		if err != nil {
			t.Fatal(err)
		}
		if got := net.Params(); got != c.want {
			t.Errorf("%+v: want %d, got %d", c.config, c.want, got)
		}
	}
}

// The state dict of torchvision.models.resnet18 begins so.
func TestNamesAreTorchvisions(t *testing.T) {
	net, err := New(Config{Encoder: "resnet18", Size: 224, Heads: []Head{{Name: "projection", Layers: []Layer{{Out: 8, BatchNorm: true, ReLU: true}, {Out: 4}}}}})
	if err != nil {
		t.Fatal(err)
	}
	p := net.NewParams()
	names := func(list []Param) (names []string) {
		for _, q := range list {
			names = append(names, q.Name)
		}
		return names
	}
	got := names(p.List)
	first := []string{
		"conv1.weight", "bn1.weight", "bn1.bias",
		"layer1.0.conv1.weight", "layer1.0.bn1.weight", "layer1.0.bn1.bias", "layer1.0.conv2.weight", "layer1.0.bn2.weight", "layer1.0.bn2.bias",
		"layer1.1.conv1.weight",
	}
	if !slices.Equal(got[:len(first)], first) {
		t.Errorf("want %v, got %v", first, got[:len(first)])
	}
	last := []string{"projection.0.weight", "projection.1.weight", "projection.1.bias", "projection.3.weight", "projection.3.bias"}
	if !slices.Equal(got[len(got)-len(last):], last) {
		t.Errorf("want %v, got %v", last, got[len(got)-len(last):])
	}
	for _, want := range []struct {
		name  string
		shape []int
	}{{"conv1.weight", []int{64, 3, 7, 7}}, {"layer2.0.downsample.0.weight", []int{128, 64, 1, 1}}, {"layer2.0.downsample.1.bias", []int{128}}, {"layer4.1.conv2.weight", []int{512, 512, 3, 3}}} {
		i := slices.Index(got, want.name)
		if i < 0 || !slices.Equal(p.List[i].Shape, want.shape) {
			t.Errorf("want %s of shape %v among the parameters", want.name, want.shape)
		}
	}
	if got := names(p.StatList); got[0] != "bn1.running_mean" || got[1] != "bn1.running_var" || len(got) != 2*(20+1) {
		t.Errorf("got statistics %v", got)
	}
	// torchvision.models.resnet50: a bottleneck's shapes.
	if net, err = New(Config{Encoder: "resnet50", Size: 224}); err != nil {
		t.Fatal(err)
	}
	p = net.NewParams()
	got = names(p.List)
	for name, shape := range map[string][]int{"layer1.0.conv1.weight": {64, 64, 1, 1}, "layer1.0.downsample.0.weight": {256, 64, 1, 1},
		"layer2.0.conv2.weight": {128, 128, 3, 3}, "layer4.2.conv3.weight": {2048, 512, 1, 1}} {
		if i := slices.Index(got, name); i < 0 || !slices.Equal(p.List[i].Shape, shape) {
			t.Errorf("want %s of shape %v among the parameters", name, shape)
		}
	}
}

func TestDims(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   [4]int
	}{
		{Config{Encoder: "small", Size: 32}, [4]int{32, 64, 128, 256}},
		{Config{Encoder: "resnet18", Size: 32, Width: 0.25}, [4]int{16, 32, 64, 128}},
		{Config{Encoder: "resnet50", Size: 64}, [4]int{256, 512, 1024, 2048}},
	} {
		net, err := New(c.config)
		if err != nil {
			t.Fatal(err)
		}
		for block := range 5 {
			want := c.want[(block+3)%4] // block 0: the features, as block 4
			if got, err := net.Dim(Output{Block: block}); err != nil || got != want {
				t.Errorf("%s, block %d: want %d, got %d, %v", c.config.Encoder, block, want, got, err)
			}
		}
	}
}

func TestMistakesNameTheField(t *testing.T) {
	for want, config := range map[string]Config{
		`network: encoder: want one of small, resnet18, resnet34, resnet50, got "resnet81" (did you mean "resnet18"?)`: {Encoder: "resnet81", Size: 32},
		`network: stem: want one of auto, small, imagenet, got "smal" (did you mean "small"?)`:                         {Encoder: "resnet18", Stem: "smal", Size: 32},
		`network: size: want 1 to 8192 pixels, got 0`:                                                                  {Encoder: "small"},
		`network: channels: want 1 or 3, got 4`:                                                                        {Encoder: "small", Size: 32, Channels: 4},
		`network: width: want more than 0 and at most 64, got -1`:                                                      {Encoder: "small", Size: 32, Width: -1},
		`network: projection: want at least one layer, got none`:                                                       {Encoder: "small", Size: 32, Heads: []Head{{Name: "projection"}}},
		`network: projection: want 1 to 65536 outputs in layer 0, got 0`:                                               {Encoder: "small", Size: 32, Heads: projection(0)},
		`network: heads: want a new name without dots, slashes and blanks, got "projection"`:                           {Encoder: "small", Size: 32, Heads: append(projection(2), projection(3)...)},
	} {
		_, err := New(config)
		var e *core.Error
		if err == nil || err.Error() != want || !errors.As(err, &e) {
			t.Errorf("want %s\ngot  %v", want, err)
		}
	}
	net, err := New(Config{Encoder: "small", Size: 32, Heads: projection(8)})
	if err != nil {
		t.Fatal(err)
	}
	for want, output := range map[string]Output{
		`encode: head: want one of projection, got "projektion" (did you mean "projection"?)`: {Head: "projektion"},
		`encode: block: want 0 (the features) to 4, got 5`:                                    {Block: 5},
		`encode: block: want 0 together with a head, got 2`:                                   {Block: 2, Head: "projection"},
	} {
		if _, err := net.Dim(output); err == nil || err.Error() != want {
			t.Errorf("want %s\ngot  %v", want, err)
		}
	}
}

func TestTinyPicturesGoThroughOrAreRefused(t *testing.T) {
	for _, size := range []int{1, 2, 5, 17} {
		for _, encoder := range encoderNames {
			if _, err := New(Config{Encoder: encoder, Size: size, Width: 0.1}); err != nil {
				t.Errorf("%s at %d pixels: %v", encoder, size, err)
			}
		}
	}
}

func TestHeadsOfPapers(t *testing.T) {
	net, p := made(t, Config{Encoder: "resnet18", Size: 16, Width: 0.125, ZeroResidual: true, Heads: []Head{{Name: "projection", Layers: []Layer{
		{Out: 6, BatchNorm: true, ReLU: true}, {Out: 5, BatchNorm: true, Fixed: true}, {Out: 4, NoBias: true}, {Out: 3}}}}}, 1)
	names, fixed, zero := []string{}, []string{}, 0
	for _, q := range p.List {
		if strings.HasPrefix(q.Name, "projection.") {
			names = append(names, q.Name)
		}
		if q.Fixed {
			fixed = append(fixed, q.Name)
		}
		// The second norm of a basic block closes its branch; the shortcut's does not.
		if strings.HasSuffix(q.Name, "bn2.weight") && !slices.ContainsFunc(p.Values[q.Offset:q.Offset+q.Len()], func(v float32) bool { return v != 0 }) {
			zero++
		}
		if (strings.HasSuffix(q.Name, "bn1.weight") || strings.HasSuffix(q.Name, "downsample.1.weight")) && p.Values[q.Offset] != 1 {
			t.Errorf("%s begins at %g", q.Name, p.Values[q.Offset])
		}
	}
	want := []string{"projection.0.weight", "projection.1.weight", "projection.1.bias", "projection.3.weight", "projection.4.weight", "projection.4.bias",
		"projection.5.weight", "projection.6.weight", "projection.6.bias"}
	if !slices.Equal(names, want) {
		t.Errorf("want %v, got %v", want, names)
	}
	if want := []string{"projection.4.weight", "projection.4.bias"}; !slices.Equal(fixed, want) {
		t.Errorf("fixed: want %v, got %v", want, fixed)
	}
	if zero != 8 {
		t.Errorf("want 8 branches that begin at zero, got %d", zero)
	}
	// A target network's parameters are those of the same network without its last head.
	longer := net.Config()
	longer.Heads = append(longer.Heads, Head{Name: "prediction", Layers: []Layer{{Out: 3}}})
	_, more := made(t, longer, 1)
	if !slices.Equal(more.Values[:len(p.Values)], p.Values) {
		t.Error("want the same values in front of another head's")
	}
}

// Weights do not depend on the threads that draw them, and each is the next of its
// parameter's stream.
func TestInitDoesNotDependOnThreads(t *testing.T) {
	defer func() { check(t, par.SetThreads(0)) }()
	net, err := New(Config{Encoder: "small", Size: 8, Heads: []Head{{Name: "projection", Layers: []Layer{{Out: 70, BatchNorm: true}, {Out: 9}}}}})
	check(t, err)
	var first []float32
	for _, threads := range []int{1, 2, 3} {
		check(t, par.SetThreads(threads))
		p := net.NewParams()
		p.Init(5)
		if first == nil {
			first = p.Values
		}
		if !slices.Equal(first, p.Values) {
			t.Errorf("%d threads: other weights", threads)
		}
	}
	for i, q := range net.NewParams().List {
		if q.init != convWeight || q.Len() < 1<<14 {
			continue
		}
		s := rng.Key{Seed: 5, Operation: rng.Weight, Picture: uint32(i)}.Stream()
		deviation := math.Sqrt(2 / float64(q.Shape[0]*q.Shape[2]*q.Shape[3]))
		for j, v := range first[q.Offset : q.Offset+q.Len()] {
			if want := float32(deviation * s.Normal()); v != want {
				t.Fatalf("%s: value %d is %g, want %g", q.Name, j, v, want)
			}
		}
	}
}
