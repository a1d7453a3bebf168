package methods

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel/portable"
	"github.com/jumelle/jumelle/core/nn"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/methods/loss"
)

// kept is a batch in slices with a compiled graph for each, so that everything that
// the backward pass needs stays in memory: what a pass must agree with.
type kept struct {
	runs   []*nn.Run
	views  int
	output []float32 // (V·N, d), view after view
}

func keep(t *testing.T, network *Network, norm *normalisation, parts int, views ...core.Batch) *kept {
	t.Helper()
	k := &kept{views: len(views)}
	for i := range parts {
		run, err := network.Net.Train(network.backend, network.Params, len(views)*views[0].N/parts, 1)
		check(t, err)
		t.Cleanup(run.Free)
		var pictures core.Batch
		for _, v := range views {
			some := part(v, i, parts)
			pictures.N, pictures.H, pictures.W, pictures.C = pictures.N+some.N, some.H, some.W, some.C
			pictures.Data = append(pictures.Data, some.Data...)
		}
		check(t, norm.fill(run.Input(), pictures))
		check(t, run.Forward())
		k.runs = append(k.runs, run)
	}
	for v := range views {
		for _, run := range k.runs {
			size := len(run.Output()) / len(views)
			k.output = append(k.output, run.Output()[v*size:(v+1)*size]...)
		}
	}
	return k
}

// addGrads adds the parameters' gradients of all slices to sum.
func (k *kept) addGrads(t *testing.T, network *Network, grad []float32, sum []float64) {
	t.Helper()
	for i, run := range k.runs {
		size := len(run.Output()) / k.views
		for v := range k.views {
			copy(run.OutputGrad()[v*size:], grad[(v*len(k.runs)+i)*size:][:size])
		}
		check(t, run.Backward())
		for j, g := range network.Params.Grads {
			sum[j] += float64(g)
		}
	}
}

// followed is what a target says of a batch in slices.
func followed(t *testing.T, target *target, norm *normalisation, parts int, view core.Batch) []float32 {
	t.Helper()
	var said []float32
	inf, err := target.Net.Infer(target.backend, target.Params, view.N/parts, nn.Output{Head: "projection", BatchParts: 1})
	check(t, err)
	defer inf.Free()
	for i := range parts {
		check(t, norm.fill(inf.Input(), part(view, i, parts)))
		check(t, inf.Run())
		said = append(said, inf.Output()...)
	}
	return said
}

// Loss and gradients of a batch in slices are those of one loss on the embeddings of
// all slices, each of which is still in memory for its backward pass.
func TestSlicesAreOneBatch(t *testing.T) {
	for _, name := range names() {
		method, ok := strings.CutSuffix(name, " in slices")
		if !ok {
			continue
		}
		for _, micro := range []int{2, 8} {
			spec := specOf(t, method, "")
			spec.MicroBatch = micro
			trainer := trainerOf(t, spec)
			for i := range 2 {
				step(t, trainer, i)
			}
			data, shape := viewsOf(2)
			views, err := trainer.checkViews(data, shape)
			check(t, err)
			online, parts := trainer.method.Online(), batch/micro
			d := online.dim()
			want, grads := 0.0, make([]float64, len(online.Params.Grads))
			a, b := views.each[0], views.each[1]
			ga, gb := make([]float32, batch*d), make([]float32, batch*d)
			switch m := trainer.method.(type) {
			case *simCLR:
				both := keep(t, online, views.norm, parts, a, b)
				want, err = loss.NTXent(both.output[:batch*d], both.output[batch*d:], batch, d, loss.NTXentOptions{Temperature: m.temperature}, ga, gb)
				check(t, err)
				both.addGrads(t, online, append(ga, gb...), grads)
			case *barlowTwins:
				ka, kb := keep(t, online, views.norm, parts, a), keep(t, online, views.norm, parts, b)
				want, err = loss.BarlowTwins(ka.output, kb.output, batch, d, loss.BarlowTwinsOptions{OffDiagonalWeight: m.weight}, ga, gb)
				check(t, err)
				ka.addGrads(t, online, ga, grads)
				kb.addGrads(t, online, gb, grads)
			case *byol:
				for _, pair := range [][2]core.Batch{{a, b}, {b, a}} {
					k := keep(t, online, views.norm, parts, pair[0])
					value, err := loss.BYOL(k.output, followed(t, m.target, views.norm, parts, pair[1]), batch, d, ga)
					check(t, err)
					want += value
					k.addGrads(t, online, ga, grads)
				}
			case *mocoV3:
				for _, pair := range [][2]core.Batch{{a, b}, {b, a}} {
					k := keep(t, online, views.norm, parts, pair[0])
					value, err := loss.InfoNCE(k.output, followed(t, m.target, views.norm, parts, pair[1]), batch, d, loss.InfoNCEOptions{Temperature: m.temperature}, ga, nil)
					check(t, err)
					scale := 2 * m.temperature
					want += scale * value
					for i := range ga {
						ga[i] *= float32(scale)
					}
					k.addGrads(t, online, ga, grads)
				}
			}
			result := gradients(t, trainer, 2)
			if math.Abs(result.Loss-want) > 1e-6*math.Abs(want) {
				t.Errorf("%s, %d: want the loss %g, got %g", name, micro, want, result.Loss)
			}
			var wrong, norm float64
			for i, g := range grads {
				wrong += (float64(online.Params.Grads[i]) - g) * (float64(online.Params.Grads[i]) - g)
				norm += g * g
			}
			if norm == 0 || wrong > 1e-10*norm {
				t.Errorf("%s, %d: gradients are off by %g of their length", name, micro, math.Sqrt(wrong/norm))
			}
		}
	}
}

// Running statistics follow the mean of the slices', each counted once.
func TestStatisticsOfSlices(t *testing.T) {
	trainer := trainerOf(t, specOf(t, "simclr in slices", ""))
	data, shape := viewsOf(0)
	views, err := trainer.checkViews(data, shape)
	check(t, err)
	online := trainer.method.Online()
	sum := make([]float64, len(online.Params.Stats))
	for _, run := range keep(t, online, views.norm, 2, views.each...).runs {
		run.AddStats(sum)
	}
	before := slices.Clone(online.Params.Stats)
	step(t, trainer, 0)
	for i, got := range online.Params.Stats {
		if want := 0.9*float64(before[i]) + 0.1*sum[i]/2; math.Abs(float64(got)-want) > 1e-6*(1+math.Abs(want)) {
			t.Fatalf("statistic %d: want %g, got %g", i, want, got)
		}
	}
}

// A slice as large as the batch is no slice: the same bits.
func TestOneSliceIsTheWholeBatch(t *testing.T) {
	for _, method := range []string{"simclr", "byol", "moco v3", "barlow_twins"} {
		var results [2]Stats
		for i, extra := range []string{"", `, "micro_batch": 16`} {
			trainer := trainerOf(t, specOf(t, method, extra))
			step(t, trainer, 0)
			results[i] = step(t, trainer, 1)
		}
		if results[0] != results[1] {
			t.Errorf("%s: want %+v, got %+v", method, results[0], results[1])
		}
	}
}

func TestSlicesDoNotDependOnThreads(t *testing.T) {
	defer func() { check(t, par.SetThreads(0)) }()
	for _, name := range names() {
		if !strings.HasSuffix(name, "in slices") {
			continue
		}
		var weights [2][]float32
		for i, threads := range []int{1, 3} {
			check(t, par.SetThreads(threads))
			kernels, err := portable.New(threads)
			check(t, err)
			trainer, err := NewTrainer(specOf(t, name, ""), kernels)
			check(t, err)
			t.Cleanup(trainer.Free)
			for j := range 3 {
				step(t, trainer, j)
			}
			weights[i] = trainer.Weights()
		}
		if !slices.Equal(weights[0], weights[1]) {
			t.Errorf("%s: 1 and 3 threads: other weights", name)
		}
	}
}

func TestSlicesThatAreRefused(t *testing.T) {
	for document, says := range map[string]string{
		`{"method": "simclr", "micro_batch": 512}`:             "trainer_new: micro_batch: want 0 to 256, got 512",
		`{"method": "simclr", "micro_batch": -1}`:              "trainer_new: micro_batch: want 0 to 256, got -1",
		`{"method": "simclr", "micro_batch": 100}`:             "trainer_new: micro_batch: want 0 (the whole batch) or a number of at least 2 that divides batch_size = 256, got 100",
		`{"method": "byol", "micro_batch": 1}`:                 "that divides batch_size = 256, got 1",
		`{"method": "moco", "version": 1, "micro_batch": 128}`: "trainer_new: micro_batch: want none for moco 1 with adamw: it is for simclr, byol, barlow_twins and moco 3; the queue of moco 1 and 2 stands in for large batches",
	} {
		if _, err := ParseSpec("trainer_new", []byte(document)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: want %q, got %v", document, says, err)
		}
	}
	// Where any number of pictures may come, it must still fit.
	spec := specOf(t, "simclr in slices", "")
	spec.Pictures = 0
	trainer := trainerOf(t, spec)
	data := make([]byte, 2*12*side*side*3)
	_, err := trainer.StepViews(data, [5]int{2, 12, side, side, 3})
	var e *core.Error
	if !errors.As(err, &e) || e.Code != core.EShape || !strings.Contains(err.Error(), "want at most micro_batch = 8 pictures or a multiple of them, got 12") {
		t.Errorf("got %v", err)
	}
	if _, err := trainer.StepViews(data[:2*6*side*side*3], [5]int{2, 6, side, side, 3}); err != nil {
		t.Errorf("a batch smaller than a slice: %v", err)
	}
}
