package nn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/kernel/portable"
	"github.com/jumelle/jumelle/core/rng"
)

func backend(t testing.TB) kernel.Backend {
	b, err := portable.New(0)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func made(t testing.TB, config Config, seed uint64) (*Net, *Params) {
	net, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	p := net.NewParams()
	p.Init(seed)
	return net, p
}

func fill(x []float32, number uint32) {
	s := rng.Key{Seed: 3, Operation: rng.Data, Picture: number}.Stream()
	for i := range x {
		x[i] = float32(s.Normal())
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestInitialWeights(t *testing.T) {
	net, p := made(t, Config{Encoder: "resnet18", Size: 32, Width: 0.5, Heads: []Head{{Name: "head", Layers: []Layer{{Out: 300}}}}}, 5)
	seen := 0
	for _, q := range p.List {
		x := p.Values[q.Offset : q.Offset+q.Len()]
		sum, squares := 0.0, 0.0
		for _, v := range x {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
		n := float64(len(x))
		deviation := math.Sqrt(squares/n - sum*sum/n/n)
		// Deviation within four standard errors of what torchvision's has.
		within := func(want float64) bool { return math.Abs(deviation-want) < 4*want/math.Sqrt(2*n) }
		switch {
		case strings.HasPrefix(q.Name, "head"):
			bound := 1 / math.Sqrt(256)
			if slices.Max(x) > float32(bound) || slices.Min(x) < float32(-bound) || math.Abs(deviation-bound/math.Sqrt(3)) > 0.1*bound {
				t.Errorf("%s: deviation %g, range %g to %g", q.Name, deviation, slices.Min(x), slices.Max(x))
			}
			seen++
		case len(q.Shape) == 4 && !within(math.Sqrt(2/float64(q.Shape[0]*q.Shape[2]*q.Shape[3]))):
			t.Errorf("%s: deviation %g", q.Name, deviation)
		case strings.HasSuffix(q.Name, ".bias") && (sum != 0 || squares != 0), len(q.Shape) == 1 && strings.HasSuffix(q.Name, ".weight") && (sum != n || squares != n):
			t.Errorf("%s: want zeros for shifts and ones for scales", q.Name)
		}
	}
	if seen != 2 {
		t.Errorf("want a weight and a bias of the head, got %d", seen)
	}
	// Weights depend on the seed and their number: another head changes no encoder weight.
	_, other := made(t, Config{Encoder: "resnet18", Size: 32, Width: 0.5, Heads: projection(7)}, 5)
	_, seed := made(t, net.Config(), 6)
	last := p.List[len(p.List)-3]
	if end := last.Offset + last.Len(); !slices.Equal(p.Values[:end], other.Values[:end]) || slices.Equal(p.Values[:end], seed.Values[:end]) {
		t.Error("want encoder weights that depend on the seed alone")
	}
}

// One step of a run's gradient against central differences of <output, u>, over
// all parameters at once, in a random direction.
func TestGradientAgreesWithCentralDifferences(t *testing.T) {
	for _, config := range []Config{
		{Encoder: "small", Size: 8, Width: 0.25, Heads: projection(12, 6)},
		{Encoder: "resnet18", Size: 16, Width: 0.125, Heads: []Head{{Name: "head", Layers: []Layer{{Out: 5, ReLU: true}, {Out: 3}}}}},
		{Encoder: "resnet50", Size: 64, Width: 0.125, Stem: "imagenet"},
	} {
		net, p := made(t, config, 1)
		run, err := net.Train(backend(t), p, 6, 1)
		check(t, err)
		fill(run.Input(), 1)
		check(t, run.Forward())
		fill(run.OutputGrad(), 2)
		u := slices.Clone(run.OutputGrad())
		check(t, run.Backward())
		start, direction := slices.Clone(p.Values), make([]float32, len(p.Values))
		fill(direction, 3)
		for i, g := range p.Grads { // with the gradient, so that the derivative is not lost in rounding
			direction[i] = 0.05*direction[i]*float32(math.Abs(float64(g))) + g
		}
		norm, want := 0.0, 0.0
		for _, q := range p.List {
			for j := q.Offset; j < q.Offset+q.Len(); j++ {
				norm += float64(direction[j]) * float64(direction[j])
				want += float64(direction[j]) * float64(p.Grads[j])
			}
		}
		value := func(h float64) (sum float64) {
			for i := range p.Values {
				p.Values[i] = start[i] + float32(h/math.Sqrt(norm))*direction[i]
			}
			check(t, run.Forward())
			for i, z := range run.Output() {
				sum += float64(z) * float64(u[i])
			}
			return sum
		}
		h := 1e-4
		if config.Encoder == "resnet50" { // at its start, this deep, the gradient grows from layer to layer
			h = 1e-5
		}
		got := (value(h) - value(-h)) / (2 * h) * math.Sqrt(norm)
		if math.Abs(got-want) > 0.02*math.Abs(want) {
			t.Errorf("%s: want %g, got %g", config.Encoder, got, want)
		}
		run.Free()
		p.Free()
	}
}

func TestRunningTwiceGivesTheSameBits(t *testing.T) {
	net, p := made(t, Config{Encoder: "resnet18", Size: 16, Width: 0.125, Heads: projection(8)}, 1)
	run, err := net.Train(backend(t), p, 4, 1)
	check(t, err)
	defer run.Free()
	fill(run.Input(), 1)
	fill(run.OutputGrad(), 2)
	check(t, run.Forward())
	check(t, run.Backward())
	z, g := slices.Clone(run.Output()), slices.Clone(p.Grads)
	check(t, run.Forward())
	check(t, run.Backward())
	if !slices.Equal(z, run.Output()) || !slices.Equal(g, p.Grads) {
		t.Error("the second run differs")
	}
	// Gaps between parameters stay zero: optimizers and norms may ignore them.
	for i, q := range p.List[1:] {
		before := p.List[i]
		for _, v := range p.Grads[before.Offset+before.Len() : q.Offset] {
			if v != 0 {
				t.Errorf("a gradient in the gap after %s", before.Name)
			}
		}
	}
}

func TestRunningStatisticsAreTorchs(t *testing.T) {
	net, p := made(t, Config{Encoder: "small", Size: 4, Width: 0.25}, 1)
	run, err := net.Train(backend(t), p, 3, 1)
	check(t, err)
	defer run.Free()
	fill(run.Input(), 1)
	check(t, run.Forward())
	run.UpdateStats(0.1)
	run.UpdateStats(0.1)
	// The first norm sees 3 pictures of 4x4: 48 values a channel.
	mean, variance := run.norms[0].mean, run.norms[0].variance
	for c := range mean {
		// r = 1·0 + 0.1·m, then 0.9·0.1·m + 0.1·m = 0.19·m; 0.81 + 0.19·48/47·v.
		if got, want := p.Stats[c], 0.19*float64(mean[c]); math.Abs(float64(got)-want) > 1e-6 {
			t.Errorf("mean %d: want %g, got %g", c, want, got)
		}
		got, want := p.Stats[p.StatList[1].Offset+c], 0.81+0.19*48/47*float64(variance[c])
		if math.Abs(float64(got)-want) > 1e-6 {
			t.Errorf("variance %d: want %g, got %g", c, want, got)
		}
	}
}

// With the batch's own statistics (momentum 1) inference gives what training
// gives, up to the unbiased variance; every block and head has its values.
func TestInferenceAgreesWithTraining(t *testing.T) {
	const batch = 16
	net, p := made(t, Config{Encoder: "resnet18", Size: 16, Width: 0.125, Heads: append(projection(12, 8), Head{Name: "prediction", Layers: []Layer{{Out: 4}}})}, 1)
	run, err := net.Train(backend(t), p, batch, 1)
	check(t, err)
	defer run.Free()
	fill(run.Input(), 1)
	check(t, run.Forward())
	run.UpdateStats(1)
	for i, n := range run.norms { // undo the unbiased factor
		q := p.StatList[2*i+1]
		copy(p.Stats[q.Offset:], n.variance)
	}
	for _, c := range []struct {
		output Output
		want   []float32
	}{
		{Output{}, run.Features()}, {Output{Block: 4}, run.Features()}, {Output{Head: "prediction"}, run.Output()},
		{Output{Block: 1}, nil}, {Output{Head: "projection"}, run.Head("projection")},
		{Output{BatchParts: 1}, run.Features()}, {Output{Head: "prediction", BatchParts: 1}, run.Output()},
	} {
		inf, err := net.Infer(backend(t), p, batch, c.output)
		check(t, err)
		copy(inf.Input(), run.Input())
		check(t, inf.Run())
		if dim, _ := net.Dim(c.output); dim != inf.Dim() || len(inf.Output()) != batch*dim {
			t.Errorf("%+v: want %d values a picture, got %d and %d in all", c.output, dim, inf.Dim(), len(inf.Output()))
		}
		if len(c.want) == 0 && c.output.Block != 1 {
			t.Errorf("%+v: training does not give it", c.output)
		}
		for i, want := range c.want {
			if got := inf.Output()[i]; math.Abs(float64(got-want)) > 1e-4*(1+math.Abs(float64(want))) {
				t.Fatalf("%+v: element %d: want %g, got %g", c.output, i, want, got)
			}
		}
		inf.Free()
	}
}

// A target network: the same Net, other Params, forward only, by its own batches.
func TestTwoParamsOfOneNet(t *testing.T) {
	net, online := made(t, Config{Encoder: "small", Size: 8, Width: 0.25, Heads: projection(8, 4)}, 1)
	target := net.NewParams()
	target.Init(2)
	run, err := net.Train(backend(t), online, 4, 1)
	check(t, err)
	follow, err := net.Infer(backend(t), target, 4, Output{Head: "projection", BatchParts: 1})
	check(t, err)
	fill(run.Input(), 1)
	copy(follow.Input(), run.Input())
	check(t, run.Forward())
	check(t, follow.Run())
	if slices.Equal(run.Output(), follow.Output()) {
		t.Error("want other outputs from other weights")
	}
	copy(target.Values, online.Values)
	check(t, follow.Run())
	for i, want := range run.Output() {
		if math.Abs(float64(follow.Output()[i]-want)) > 1e-5 {
			t.Fatalf("element %d: want %g, got %g", i, want, follow.Output()[i])
		}
	}
	follow.UpdateStats(0.5)
	if slices.Equal(target.Stats, online.Stats) {
		t.Error("want statistics of the target's own")
	}
}

func TestBatchOfOneIsRefusedWhereItHasNoVariance(t *testing.T) {
	net, p := made(t, Config{Encoder: "small", Size: 16, Width: 0.25, Heads: projection(4)}, 1)
	_, err := net.Train(backend(t), p, 1, 1)
	if want := "train: batch: want at least 2 pictures: one alone has no variance, got 1"; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
	if _, err := net.Infer(backend(t), p, 1, Output{}); err != nil {
		t.Error(err)
	}
}

// A toy regression: targets are a fixed random function of the pictures' mean
// colour. Plain gradient descent must take nearly all of the error away.
func TestTrainingLearnsAToyRegression(t *testing.T) {
	const batch, out = 16, 2
	net, p := made(t, Config{Encoder: "small", Size: 8, Width: 0.25, Heads: []Head{{Name: "head", Layers: []Layer{{Out: out}}}}}, 1)
	run, err := net.Train(backend(t), p, batch, 1)
	check(t, err)
	defer run.Free()
	x := run.Input()
	fill(x, 1)
	target := make([]float32, batch*out)
	for i := range batch {
		shift := float32(i%4) - 1.5
		for j := range len(x) / batch {
			x[i*len(x)/batch+j] += shift
		}
		target[i*out], target[i*out+1] = shift, shift*shift-1
	}
	var first, last float64
	for step := range 150 {
		check(t, run.Forward())
		last = 0
		for i, z := range run.Output() {
			d := z - target[i]
			last += float64(d*d) / float64(len(target))
			run.OutputGrad()[i] = 2 * d / float32(len(target))
		}
		if step == 0 {
			first = last
		}
		check(t, run.Backward())
		run.UpdateStats(0.1)
		for i, g := range p.Grads {
			p.Values[i] -= 0.05 * g
		}
	}
	if last > 0.02*first {
		t.Errorf("want at most 2%% of the first error %g, got %g", first, last)
	}
}

func TestParametersOfAnotherNetworkAreRefused(t *testing.T) {
	net, p := made(t, Config{Encoder: "small", Size: 8, Width: 0.25}, 1)
	_, other := made(t, Config{Encoder: "small", Size: 8, Width: 0.5}, 1)
	for _, q := range []*Params{other, {}} {
		if _, err := net.Train(backend(t), q, 4, 1); err == nil || !strings.HasPrefix(err.Error(), "network: params: want those of this network") {
			t.Errorf("got %v", err)
		}
	}
	p.Free()
	if _, err := net.Infer(backend(t), p, 4, Output{}); err == nil {
		t.Error("want an error for freed parameters")
	}
}

// Two batches of one step count as their mean: half the momentum each, of
// statistics that are those of torch for one batch.
func TestStatisticsOfSeveralBatches(t *testing.T) {
	net, p := made(t, Config{Encoder: "small", Size: 4, Width: 0.25, Heads: projection(3)}, 1)
	run, err := net.Train(backend(t), p, 3, 1)
	check(t, err)
	defer run.Free()
	start := slices.Clone(p.Stats)
	sum := make([]float64, len(p.Stats))
	want := slices.Clone(p.Stats)
	for i := range want {
		want[i] *= 0.9
	}
	for number := range uint32(2) {
		copy(p.Stats, start)
		fill(run.Input(), number)
		check(t, run.Forward())
		run.AddStats(sum)
		run.UpdateStats(0.05)
		for i := range want {
			want[i] += p.Stats[i] - 0.95*start[i]
		}
	}
	copy(p.Stats, start)
	p.FollowStats(sum, 2, 0.1)
	for i := range want {
		if math.Abs(float64(p.Stats[i]-want[i])) > 1e-5 {
			t.Fatalf("value %d: want %g, got %g", i, want[i], p.Stats[i])
		}
	}
	if slices.Equal(p.Stats, start) {
		t.Error("nothing moved")
	}
}

// A batch in parts is so many batches: their outputs, the sums of their gradients and
// the mean of their statistics; so is a target network's.
func TestPartsOfABatch(t *testing.T) {
	const size, parts = 3, 4
	for _, encoder := range []string{"small", "resnet18"} {
		net, p := made(t, Config{Encoder: encoder, Size: 8, Width: 0.25, Heads: projection(6, 4)}, 1)
		whole, err := net.Train(backend(t), p, parts*size, parts)
		check(t, err)
		one, err := net.Train(backend(t), p, size, 1)
		check(t, err)
		follow, err := net.Infer(backend(t), p, parts*size, Output{Head: "projection", BatchParts: parts})
		check(t, err)
		fill(whole.Input(), 1)
		copy(follow.Input(), whole.Input())
		fill(whole.OutputGrad(), 2)
		check(t, whole.Forward())
		check(t, whole.Backward())
		check(t, follow.Run())
		grads := slices.Clone(p.Grads)
		sum, wantSum, followSum := make([]float64, len(p.Stats)), make([]float64, len(p.Stats)), make([]float64, len(p.Stats))
		whole.AddStats(sum)
		follow.AddStats(followSum)
		want := make([]float64, len(grads))
		for i := range parts {
			copy(one.Input(), whole.Input()[i*len(one.Input()):])
			copy(one.OutputGrad(), whole.OutputGrad()[i*len(one.Output()):])
			check(t, one.Forward())
			check(t, one.Backward())
			one.AddStats(wantSum)
			for j, v := range one.Output() {
				if at := i*len(one.Output()) + j; whole.Output()[at] != v || follow.Output()[at] != v {
					t.Fatalf("%s: output %d: want %g, got %g and %g", encoder, at, v, whole.Output()[at], follow.Output()[at])
				}
			}
			for j, g := range p.Grads {
				want[j] += float64(g)
			}
		}
		var wrong, norm float64
		for i, g := range grads {
			wrong += (float64(g) - want[i]) * (float64(g) - want[i])
			norm += want[i] * want[i]
		}
		if norm == 0 || wrong > 1e-12*norm {
			t.Errorf("%s: gradients are off by %g of their length", encoder, math.Sqrt(wrong/norm))
		}
		if !slices.Equal(sum, wantSum) || !slices.Equal(followSum, wantSum) {
			t.Errorf("%s: want the statistics of the parts", encoder)
		}
		before := slices.Clone(p.Stats)
		whole.UpdateStats(0.1)
		for i, v := range p.Stats {
			if want := 0.9*float64(before[i]) + 0.1*wantSum[i]/parts; math.Abs(float64(v)-want) > 1e-6 {
				t.Fatalf("%s: statistic %d: want %g, got %g", encoder, i, want, v)
			}
		}
	}
}

func TestPartsThatAreRefused(t *testing.T) {
	net, p := made(t, Config{Encoder: "small", Size: 8, Width: 0.25}, 1)
	_, err := net.Train(backend(t), p, 8, 3)
	if want := "train: parts: want a number that divides the batch of 8, got 3"; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
	_, err = net.Infer(backend(t), p, 8, Output{BatchParts: -1})
	if want := "encode: parts: want a number that divides the batch of 8, got -1"; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
	if _, err = net.Train(backend(t), p, 4, 4); err == nil || !strings.Contains(err.Error(), "one alone has no variance") {
		t.Errorf("parts of one picture: got %v", err)
	}
}
