package methods

import (
	"fmt"
	"math"
)

// What a run's last steps are judged by. Thresholds are means over recentSteps: a
// single batch says little.
const (
	recentSteps   = 20
	collapseAfter = 50   // steps: before that, features are those of random weights
	stuckAfter    = 100  // steps
	collapsed     = 0.1  // of 1/sqrt(d); runs that learn stay above 0.5
	stuck         = 0.98 // of the uninformed loss
)

// Warning is one thing that keeps a run from learning.
type Warning struct {
	// Kind is for programs: "collapse", "stuck", "no_prediction", "fixed_target",
	// "uneven_queue", "long_queue", "temperature" or "small_batch".
	Kind    string `json:"kind"`
	Message string `json:"message"` // plain words
}

// Warnings says what is wrong with a run, as far as its settings and its steps show:
// nothing where nothing does, and each kind once. spec is complete.
func Warnings(spec Spec, history []Stats) []Warning {
	list := []Warning{}
	warn := func(kind, format string, values ...any) {
		list = append(list, Warning{kind, fmt.Sprintf(format, values...)})
	}
	spec.warnOfSettings(warn)
	if len(history) < collapseAfter {
		return list
	}
	var std, loss, uninformed float64
	for _, s := range history[len(history)-recentSteps:] {
		std += s.FeatureStd / recentSteps
		loss += s.Loss / recentSteps
		uninformed += s.Uninformed / recentSteps
	}
	healthy := 1 / math.Sqrt(float64(spec.Projection[len(spec.Projection)-1]))
	if std < collapsed*healthy {
		warn("collapse", "the embeddings have collapsed: all pictures are nearly the same to the network (feature_std %.2g over the last %d steps; about %.2g is healthy)", std, recentSteps, healthy)
	}
	if len(history) >= stuckAfter && loss > stuck*uninformed {
		warn("stuck", "nothing is learned: the loss is %.4g over the last %d steps, and %.4g is that of embeddings that say nothing about their pictures; another learning rate, a lower temperature or weaker views may help", loss, recentSteps, uninformed)
	}
	return list
}

func (s Spec) warnOfSettings(warn func(kind, format string, values ...any)) {
	if s.predicts() && len(s.Prediction) == 0 && s.Method == "byol" {
		warn("no_prediction", "BYOL without a prediction head collapses: set prediction")
	}
	if m := s.Momentum; m != nil && *m == 1 {
		warn("fixed_target", "momentum 1 never moves the target network: 0.99 to 0.999 are usual")
	}
	if q := s.Queue; q != nil {
		if *q%s.BatchSize != 0 {
			warn("uneven_queue", "queue %d is no multiple of batch_size %d: keys of one batch leave it at different times", *q, s.BatchSize)
		}
		if s.Pictures > 0 && int64(*q) > s.Pictures {
			warn("long_queue", "queue %d is longer than the %d pictures: most queries meet keys of their own picture among the negatives; at most half as many are better", *q, s.Pictures)
		}
	}
	if t := s.Temperature; t != nil && (*t < 0.02 || *t > 2) {
		warn("temperature", "temperature %g cannot work well: below 0.02 one negative decides, above 2 all count alike; 0.05 to 1 are usual", *t)
	}
	part := s.BatchSize
	if s.NormSplits != nil {
		part /= *s.NormSplits
	}
	if s.MicroBatch > 0 {
		part = s.MicroBatch
	}
	if part < 8 {
		warn("small_batch", "%d pictures are normalised together: their statistics are mostly chance; 32 or more are better", part)
	}
}
