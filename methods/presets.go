package methods

import (
	"math"

	"github.com/jumelle/jumelle/core/nn"
	"github.com/jumelle/jumelle/core/opt"
)

// Presets are complete specs, one for each method, version and preset, with data
// that the preset is meant for: the table of what each sets. "paper" has its
// paper's encoder, batch and epochs; "small" stands for a few thousand pictures of
// 28 to 96 pixels in batches of 64 to 512, on one machine.
func Presets() []Spec {
	var list []Spec
	for _, m := range []struct {
		method               string
		version, batch, long int
	}{
		{"simclr", 0, 4096, 1000}, {"moco", 1, 256, 200}, {"moco", 2, 256, 200}, {"moco", 3, 4096, 300},
		{"byol", 0, 4096, 1000}, {"barlow_twins", 0, 2048, 1000},
	} {
		for _, preset := range []string{"small", "paper"} {
			s := Defaults()
			s.Method, s.Version, s.Preset, s.Pictures = m.method, m.version, preset, 10_000
			if preset == "paper" {
				s.Encoder, s.Size, s.BatchSize, s.Epochs, s.Pictures = "resnet50", 224, m.batch, m.long, 1_281_167
			}
			s, err := s.Complete("presets")
			if err != nil { // names and numbers above, nothing of a caller's
				panic(err)
			}
			list = append(list, s)
		}
	}
	return list
}

// "auto" takes the papers' settings where the data are like theirs, and otherwise
// those for little data: large batches and queues need many pictures.
const (
	paperPictures = 100_000
	paperSize     = 97 // pixels, at least
	paperBatch    = 256
)

// applyPreset chooses the preset and fills what is missing from it.
func (s *Spec) applyPreset(op string) error {
	if s.Preset == "auto" {
		s.Preset = "small"
		if s.Pictures >= paperPictures && s.Size >= paperSize && s.BatchSize >= paperBatch {
			s.Preset = "paper"
		}
	}
	r := s.small()
	if s.Preset == "paper" {
		r = s.paper()
	}
	if s.Optimizer == "" {
		s.Optimizer = r.Optimizer
	}
	if s.Optimizer != r.Optimizer {
		r.use(s.optimizer(s.Optimizer))
	}
	if err := s.checkSpecial(op); err != nil {
		return err
	}
	if err := s.fillHeads(r); err != nil {
		return err
	}
	fill(&s.Temperature, r.Temperature)
	fill(&s.Momentum, r.Momentum)
	fill(&s.Queue, r.Queue)
	fill(&s.NormSplits, r.NormSplits)
	fill(&s.OffDiagonalWeight, r.OffDiagonalWeight)
	fill(&s.LearningRate, r.LearningRate)
	fill(&s.OptimizerMomentum, r.OptimizerMomentum)
	fill(&s.Nesterov, r.Nesterov)
	fill(&s.Trust, r.Trust)
	fill(&s.WeightDecay, r.WeightDecay)
	fill(&s.BiasRate, r.BiasRate)
	fill(&s.WarmupEpochs, r.WarmupEpochs)
	fill(&s.FinalRate, r.FinalRate)
	if s.Schedule == "" {
		s.Schedule = r.Schedule
	}
	if s.Method == "barlow_twins" && s.OffDiagonalWeight == nil && len(s.Projection) > 0 {
		s.OffDiagonalWeight = new(1 / float64(s.Projection[len(s.Projection)-1]))
	}
	return nil
}

// fill sets what is missing, to a copy: specs share no memory.
func fill[T any](field **T, value *T) {
	if *field == nil && value != nil {
		*field = new(*value)
	}
}

// fillHeads sets the heads. A width of 0 is that of the encoder's features, and a
// prediction ends as wide as the projection.
func (s *Spec) fillHeads(r Spec) error {
	if s.Projection == nil {
		s.Projection = r.Projection
		for i, w := range s.Projection {
			if w != 0 {
				continue
			}
			net, err := nn.New(encoderConfig(*s))
			if err != nil {
				return err
			}
			if s.Projection[i], err = net.Dim(nn.Output{}); err != nil {
				return err
			}
		}
	}
	if s.Prediction == nil && r.Prediction != nil && len(s.Projection) > 0 {
		s.Prediction = r.Prediction
		s.Prediction[len(s.Prediction)-1] = s.Projection[len(s.Projection)-1]
	}
	return nil
}

// use takes over an optimizer's settings.
func (s *Spec) use(o Spec) {
	s.Optimizer, s.LearningRate, s.OptimizerMomentum, s.Nesterov, s.Trust = o.Optimizer, o.LearningRate, o.OptimizerMomentum, o.Nesterov, o.Trust
	s.WeightDecay, s.BiasRate, s.WarmupEpochs, s.Schedule, s.FinalRate = o.WeightDecay, o.BiasRate, o.WarmupEpochs, o.Schedule, o.FinalRate
}

// optimizer is a spec that sets an optimizer alone, for methods without a better
// one of their own: SGD as in lightly's CIFAR-10 runs.
func (s *Spec) optimizer(name string) Spec {
	o := Spec{Optimizer: name, BiasRate: new(1.0), WarmupEpochs: new(0.0), Schedule: "cosine", FinalRate: new(0.0)}
	switch name {
	case "sgd":
		o.LearningRate, o.OptimizerMomentum, o.Nesterov, o.WeightDecay = s.linear(0.12), new(0.9), new(false), new(5e-4)
	case "lars":
		d := opt.DefaultLARS()
		o.LearningRate, o.OptimizerMomentum, o.Trust, o.WeightDecay = s.linear(0.3), new(d.Momentum), new(d.Trust), new(d.WeightDecay)
		o.WarmupEpochs = new(s.warmup())
	case "adamw":
		o.LearningRate, o.WeightDecay, o.WarmupEpochs = s.linear(1e-3), new(opt.DefaultAdamW().WeightDecay), new(s.warmup())
	}
	return o
}

// linear is a peak rate for this batch, given for 256 pictures.
func (s *Spec) linear(base float64) *float64 { return new(opt.LinearRate(base, s.BatchSize)) }

// warmup is the papers' 10 epochs of at least 100, and as much of a shorter run.
func (s *Spec) warmup() float64 { return math.Min(10, float64(s.Epochs)/10) }

// small is for little data: heads that fit small encoders, and the optimizer that
// learns most in few epochs. After 20 on 10,000 pictures of CIFAR-10, AdamW is 2 to
// 11 points above SGD for all methods but SimCLR, where both are equal.
func (s *Spec) small() Spec {
	r := s.optimizer("adamw")
	switch s.Method {
	case "simclr":
		r.use(s.optimizer("sgd"))
		r.Projection, r.Temperature = []int{256, 128}, new(0.5)
	case "moco":
		s.moco(&r)
		r.Momentum = new(0.99)
		if s.queued() {
			r.Queue, r.NormSplits = new(s.smallQueue()), new(s.splits())
			break
		}
		r.Projection, r.Prediction, r.Temperature = []int{1024, 256}, []int{1024, 256}, new(0.2)
	case "byol": // in a short run a slower target has hardly moved
		r.Projection, r.Prediction = []int{1024, 256}, []int{1024, 256}
		r.Momentum = new(s.byEpochs(30, 0.9, 0.99))
	case "barlow_twins": // the weight is 1/D
		r.Projection = []int{1024, 1024, 1024}
	}
	return r
}

// paper is as the papers have it.
func (s *Spec) paper() Spec {
	r := s.optimizer("lars")
	switch s.Method {
	case "simclr": // both rules of the paper agree at 4096; this one is better below
		r.Projection, r.Temperature = []int{0, 128}, new(0.1)
		r.LearningRate = new(opt.RootRate(0.075, s.BatchSize))
	case "moco":
		if s.queued() {
			r.use(s.optimizer("sgd"))
			r.LearningRate, r.WeightDecay = s.linear(0.03), new(1e-4)
			r.Momentum, r.Queue, r.NormSplits = new(0.999), new(65536), new(s.splits())
			if r.Schedule = "steps"; s.Version == 2 {
				r.Schedule = "cosine_by_epoch"
			}
			s.moco(&r)
			break
		}
		r.Projection, r.Prediction, r.Temperature = []int{4096, 256}, []int{4096, 256}, new(1.0)
		r.LearningRate = s.linear(s.byEpochs(299, 0.6, 0.3))
		r.WeightDecay = new(s.byEpochs(999, 1e-6, 1.5e-6))
		r.Momentum = new(s.byEpochs(999, 0.99, 0.996))
	case "byol":
		r.Projection, r.Prediction = []int{4096, 256}, []int{4096, 256}
		r.Momentum = new(s.byEpochs(40, 0.97, 999, 0.99, 0.996))
		r.LearningRate = s.linear(s.byEpochs(100, 0.45, 999, 0.3, 0.2))
		r.WeightDecay = new(s.byEpochs(999, 1e-6, 1.5e-6))
	case "barlow_twins":
		r.Projection, r.OffDiagonalWeight = []int{8192, 8192, 8192}, new(0.0051)
		r.LearningRate, r.BiasRate, r.FinalRate = s.linear(0.2), new(0.0048/0.2), new(1e-3)
	}
	return r
}

// byEpochs chooses by the length of the run: up to so many epochs this value, up to
// so many that one, and the last for longer runs.
func (s *Spec) byEpochs(list ...float64) float64 {
	for len(list) > 1 && float64(s.Epochs) > list[0] {
		list = list[2:]
	}
	return list[min(1, len(list)-1)]
}

// moco sets what tells MoCo v1 from v2: head and temperature.
func (s *Spec) moco(r *Spec) {
	if r.Projection, r.Temperature = []int{0, 128}, new(0.2); s.Version == 1 {
		r.Projection, r.Temperature = []int{128}, new(0.07)
	}
}

// smallQueue is 4096 keys in whole batches, and at most half as many as there are
// pictures, so that few of them are of a query's own picture.
func (s *Spec) smallQueue() int {
	keys := 4096
	if s.Pictures > 0 {
		keys = int(min(int64(keys), s.Pictures/2))
	}
	return max(1, keys/s.BatchSize) * s.BatchSize
}

// splits is MoCo's 8 devices, or fewer, so that a part has 32 pictures.
func (s *Spec) splits() int {
	for n := 8; n > 1; n-- {
		if s.BatchSize%n == 0 && s.BatchSize/n >= 32 {
			return n
		}
	}
	return 1
}
