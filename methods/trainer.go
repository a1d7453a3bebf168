package methods

import (
	"errors"
	"fmt"
	"math"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/nn"
	"github.com/jumelle/jumelle/core/opt"
	"github.com/jumelle/jumelle/core/rng"
)

// Stats is what one step says of itself.
type Stats struct {
	Step          int64   `json:"step"`  // 1 after the first step
	Epoch         int64   `json:"epoch"` // of this step, from 0
	Loss          float64 `json:"loss"`
	LearningRate  float64 `json:"learning_rate"`
	FeatureStd    float64 `json:"feature_std"`     // of the normalised embeddings; 1/sqrt(d) is healthy
	EffectiveRank float64 `json:"effective_rank"`  // of the normalised embeddings (RankMe), 1 to d and at most 256
	Uninformed    float64 `json:"uninformed_loss"` // of embeddings that say nothing about their pictures
	Alignment     float64 `json:"alignment"`       // mean squared distance of a picture's views; 0 to 4
	Uniformity    float64 `json:"uniformity"`      // 0: all embeddings equal; towards -4: spread out
	GradientNorm  float64 `json:"gradient_norm"`   // before it is clipped
}

// Trainer is a training run: a method, its optimizer and schedule, and how far it
// is. One goroutine at a time may use it.
type Trainer struct {
	spec      Spec
	method    Method
	optimizer opt.Optimizer
	groups    []opt.Group
	norm      *normalisation
	health    health
	history   []Stats
	seen      int64 // pictures in all steps

	order      []int64 // of the pictures in orderEpoch
	orderEpoch int64

	spent spent // since the last Profile
}

// NewTrainer makes the run that a complete spec describes, at its first step.
func NewTrainer(spec Spec, backend kernel.Backend) (*Trainer, error) {
	method, err := newMethod(spec, backend)
	if err != nil {
		return nil, err
	}
	return &Trainer{
		spec:       spec,
		method:     method,
		optimizer:  newOptimizer(spec),
		groups:     groups(method.Online().Params, *spec.BiasRate),
		norm:       newNormalisation(spec.Mean, spec.Std),
		orderEpoch: -1,
	}, nil
}

// Spec is the run's document, complete.
func (t *Trainer) Spec() Spec { return t.spec }

// History has the statistics of every step so far.
func (t *Trainer) History() []Stats { return t.history }

// Warnings says what keeps the run from learning: see Warnings.
func (t *Trainer) Warnings() []Warning { return Warnings(t.spec, t.history) }

// Step is the number of steps taken.
func (t *Trainer) Step() int64 { return int64(len(t.history)) }

// Seen is the number of pictures in all steps.
func (t *Trainer) Seen() int64 { return t.seen }

// Epoch is the epoch of the next step, from 0; always 0 where the size of the
// data set is not known.
func (t *Trainer) Epoch() int64 {
	if steps := t.spec.StepsPerEpoch(); steps > 0 {
		return t.Step() / steps
	}
	return 0
}

// Views is the number of views of each picture that StepViews wants.
func (t *Trainer) Views() int { return t.method.Views() }

// Next writes which pictures the next step wants, BatchSize of them: a part of
// the epoch's random order. It depends on seed and step alone.
func (t *Trainer) Next(out []int64) error {
	const op = "trainer_next"
	steps := t.spec.StepsPerEpoch()
	if steps == 0 {
		return core.Invalid(op, "trainer", `want a run whose spec has "pictures", got one without`)
	}
	if len(out) != t.spec.BatchSize {
		return core.Errorf(core.EShape, op, "out_indices", "want shape (%d,), got (%d,)", t.spec.BatchSize, len(out))
	}
	epoch := t.Epoch()
	if epoch != t.orderEpoch {
		if t.order == nil {
			t.order = make([]int64, t.spec.Pictures)
		}
		EpochOrder(t.spec.Seed, uint32(epoch), t.order)
		t.orderEpoch = epoch
	}
	first := t.Step() % steps * int64(t.spec.BatchSize)
	copy(out, t.order[first:])
	return nil
}

// EpochOrder fills order with the random order in which training with this seed
// goes through the pictures 0..len(order)-1 in an epoch.
func EpochOrder(seed uint64, epoch uint32, order []int64) {
	stream := rng.Key{Seed: seed, Epoch: epoch, Operation: rng.Order}.Stream()
	stream.Permutation(order)
}

// StepViews takes one optimizer step on views, uint8 (V, N, size, size, C). After
// an error nothing was updated.
func (t *Trainer) StepViews(data []byte, shape [5]int) (Stats, error) {
	clock := startClock()
	views, err := t.checkViews(data, shape)
	if err != nil {
		return Stats{}, err
	}
	at := Progress{Step: t.Step(), Total: t.spec.StepsPerEpoch() * int64(t.spec.Epochs)}
	stats := Stats{Step: at.Step + 1, Epoch: t.Epoch(), LearningRate: t.spec.learningRate(at.Step)}
	online := t.method.Online()
	online.begin()
	result, err := t.method.Gradients(views)
	var problem *core.Error
	if errors.As(err, &problem) && problem.Code == core.ENumeric {
		return Stats{}, diverged(stats, problem)
	}
	if err != nil {
		return Stats{}, err
	}
	if stats.Loss, stats.Uninformed = result.Loss, result.Uninformed; !isFinite(result.Loss) {
		return Stats{}, diverged(stats, fmt.Errorf("the loss is %g", result.Loss))
	}
	if !allFinite(online.Params.Grads) {
		return Stats{}, diverged(stats, errors.New("a gradient is not finite"))
	}
	clock.lap(&t.spent.gradients)
	if err := t.health.fill(&stats, result); err != nil {
		return Stats{}, err
	}
	clock.lap(&t.spent.statistics)
	if stats.GradientNorm, err = t.gradientNorm(online.Params); err != nil {
		return Stats{}, err
	}
	if err := t.optimizer.Step(online.Params.Values, online.Params.Grads, stats.LearningRate, t.groups); err != nil {
		return Stats{}, err
	}
	online.commit()
	t.history = append(t.history, stats)
	t.seen += int64(views.N)
	err = t.method.AfterStep(at)
	clock.lap(&t.spent.update)
	t.spent.steps++
	return stats, err
}

// gradientNorm is the length of the gradient, which it clips if the spec says so.
func (t *Trainer) gradientNorm(params *nn.Params) (float64, error) {
	for _, p := range params.List {
		if p.Fixed {
			clear(params.Grads[p.Offset : p.Offset+p.Len()])
		}
	}
	if t.spec.GradientClip > 0 {
		return opt.Clip(params.Grads, t.spec.GradientClip)
	}
	return opt.Norm(params.Grads), nil
}

// diverged is the error of a step whose numbers are not finite.
func diverged(stats Stats, cause error) error {
	return &core.Error{Code: core.ENumeric, Op: "trainer_step", Argument: "loss", Err: cause,
		Msg: fmt.Sprintf("want a finite value at step %d (learning rate %g; a lower one may help; nothing was updated)", stats.Step, stats.LearningRate)}
}

func (t *Trainer) checkViews(data []byte, shape [5]int) (Views, error) {
	const op = "trainer_step_views"
	views, s := Views{Step: t.Step(), norm: t.norm}, t.spec
	v, n, h, w, c := shape[0], shape[1], shape[2], shape[3], shape[4]
	if v != t.method.Views() || n < 2 || h != s.Size || w != s.Size || c != s.Channels {
		return views, core.Errorf(core.EShape, op, "views", "want shape (%d, n, %d, %d, %d) with n at least 2, got (%d, %d, %d, %d, %d)",
			t.method.Views(), s.Size, s.Size, s.Channels, v, n, h, w, c)
	}
	if s.Pictures > 0 && n != s.BatchSize {
		return views, core.Errorf(core.EShape, op, "views", "want batch_size = %d pictures, got %d", s.BatchSize, n)
	}
	if want := v * n * h * w * c; len(data) != want {
		return views, core.Errorf(core.EShape, op, "views", "want %d bytes, got %d", want, len(data))
	}
	views.N, views.slices = n, 1
	if m := s.MicroBatch; m > 0 && n > m {
		if n%m != 0 {
			return views, core.Errorf(core.EShape, op, "views", "want at most micro_batch = %d pictures or a multiple of them, got %d", m, n)
		}
		views.slices = n / m
	}
	all := core.Batch{N: v * n, H: h, W: w, C: c, Data: data}
	for i := range v {
		views.each = append(views.each, part(all, i, v))
	}
	return views, nil
}

// Dim is the number of values that Encode gives for one picture.
func (t *Trainer) Dim(output nn.Output) (int, error) { return t.method.Online().Net.Dim(output) }

// encodeBatch is the number of pictures that go through the encoder together:
// enough for full speed, little enough to need little memory.
const encodeBatch = 64

// Encode writes the features (N, Dim) of pictures of the spec's size, with the
// statistics learned in training.
func (t *Trainer) Encode(pictures core.Batch, output nn.Output, out []float32) error {
	const op = "trainer_encode"
	if err := pictures.Check(op, "images"); err != nil {
		return err
	}
	s := t.spec
	if pictures.H != s.Size || pictures.W != s.Size || pictures.C != s.Channels {
		return core.Errorf(core.EShape, op, "images", "want shape (n, %d, %d, %d), got (%d, %d, %d, %d)",
			s.Size, s.Size, s.Channels, pictures.N, pictures.H, pictures.W, pictures.C)
	}
	dim, err := t.Dim(output)
	if err != nil {
		return err
	}
	if len(out) != pictures.N*dim {
		return core.Errorf(core.EShape, op, "out_features", "want shape (%d, %d), got %d values", pictures.N, dim, len(out))
	}
	batch := 1
	for batch < pictures.N && batch < encodeBatch {
		batch *= 2
	}
	if err := t.method.Online().infer(t.norm, pictures, output, batch, out); err != nil {
		return err
	}
	// A ReLU may turn what is not a number into 0, so the features alone do not tell.
	if !allWithin(t.Weights(), hugeWeight) || !allFinite(out) {
		return core.Errorf(core.ENumeric, op, "trainer", "want weights below %g and finite features, got some that are not: training diverged", hugeWeight)
	}
	return nil
}

// Weights are the parameters that the optimizer trains, flat and in the trainer's
// own memory: read them, and only until the next call.
func (t *Trainer) Weights() []float32 { return t.method.Online().Params.Values }

// Free returns the memory of what was compiled. The trainer is not used after it.
func (t *Trainer) Free() {
	for _, n := range t.method.Networks() {
		n.free()
	}
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// hugeWeight is a size at which float32 no longer holds the products of a layer.
const hugeWeight = 1e18

// allFinite is whether no value is NaN or infinite.
func allFinite(values []float32) bool { return allWithin(values, math.MaxFloat32) }

// allWithin is whether no value is NaN or, but for rounding, beyond bound: what the
// scale makes infinite gives NaN with zero, and NaN stays in a sum.
func allWithin(values []float32, bound float64) bool {
	scale := float32(math.MaxFloat32 / bound)
	var sum float32
	for _, v := range values {
		sum += v * scale * 0
	}
	return sum == 0
}
