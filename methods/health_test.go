package methods

import (
	"math"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core/rng"
)

// unalike draws views of which half of what is seen differs between the views of
// a picture: it cannot be told from one what is in the other.
func unalike(step int) ([]byte, [5]int) {
	shape := [5]int{2, batch, side, side, 3}
	data := make([]byte, 0, 2*batch*side*side*3)
	for v := range 2 {
		for i := range batch {
			key := rng.Key{Seed: 1, Epoch: uint32(step), Picture: uint32(i), Operation: rng.Data}
			picture := key.Stream()
			key.View = uint16(v + 1)
			own := key.Stream()
			mixed := func(width float64) float64 { return (picture.Uniform(-width, width) + own.Uniform(-width, width)) / 2 }
			colour, slope := [3]float64{128 + mixed(65), 128 + mixed(65), 128 + mixed(65)}, mixed(8)
			for p := range side * side {
				for c := range 3 {
					data = append(data, byte(min(255, max(0, colour[c]+slope*(float64(p%side)-side/2)+12*own.Normal()))))
				}
			}
		}
	}
	return data, shape
}

// said is the messages of warnings, a line each.
func said(warnings []Warning) string {
	lines := make([]string, len(warnings))
	for i, w := range warnings {
		lines[i] = w.Message
	}
	return strings.Join(lines, "\n")
}

// BYOL without a prediction head finds the answer that needs no picture: the same
// embedding for all. The statistics show it and the warnings say it; the same run
// with a head is healthy.
func TestBYOLWithoutPredictionCollapsesAndIsReported(t *testing.T) {
	for _, prediction := range []string{`[]`, `[16, 8]`} {
		trainer := trainerOf(t, specOf(t, "byol", `, "prediction": `+prediction+`, "epochs": 100, "momentum": 0.9, "learning_rate": 0.05`))
		var last Stats
		for i := range 100 {
			data, shape := unalike(i)
			stats, err := trainer.StepViews(data, shape)
			check(t, err)
			last = stats
		}
		relative := last.FeatureStd * math.Sqrt(8)
		warnings := said(trainer.Warnings())
		t.Logf("prediction %s: loss %.4f, feature_std %.3f of 1/sqrt(d), rank %.2f, uniformity %.3f; %q", prediction, last.Loss, relative, last.EffectiveRank, last.Uniformity, warnings)
		if prediction == `[]` {
			if relative > 0.05 || last.Loss > 0.02 || last.EffectiveRank > 2 || last.Uniformity < -0.05 {
				t.Errorf("want a collapse, got %+v", last)
			}
			if !strings.Contains(warnings, "the embeddings have collapsed") || !strings.Contains(warnings, "without a prediction head") {
				t.Errorf("it is not reported: %q", warnings)
			}
		} else if relative < 0.5 || strings.Contains(warnings, "collapsed") {
			t.Errorf("want a healthy run, got %+v, %q", last, warnings)
		}
	}
}

// A loss that stays near ln(2N - 1) is what no information gives.
func TestARunThatIsStuckIsReported(t *testing.T) {
	spec := specOf(t, "simclr", "")
	history := make([]Stats, 100)
	for i := range history {
		history[i] = Stats{Loss: math.Log(31) - 0.01, Uninformed: math.Log(31), FeatureStd: 0.3}
	}
	if w := said(Warnings(spec, history)); !strings.Contains(w, "nothing is learned: the loss is 3.424") || strings.Contains(w, "collapsed") {
		t.Errorf("got %q", w)
	}
	if w := Warnings(spec, history[:99]); len(w) != 0 {
		t.Errorf("too early: %q", w)
	}
	history[99].Loss = -30
	if w := Warnings(spec, history); len(w) != 0 {
		t.Errorf("a run that learns: %q", w)
	}
}

func TestSettingsThatCannotWorkAreReported(t *testing.T) {
	for _, c := range []struct{ method, extra, kind, says string }{
		{"moco v2", `, "queue": 40`, "uneven_queue", "queue 40 is no multiple of batch_size 16"},
		{"moco v2", `, "queue": 80`, "long_queue", "queue 80 is longer than the 64 pictures"},
		{"moco v1", `, "momentum": 1`, "fixed_target", "never moves"},
		{"moco v2", `, "norm_splits": 4`, "small_batch", "4 pictures are normalised together"},
		{"simclr", `, "temperature": 0.001`, "temperature", "temperature 0.001 cannot work"},
		{"simclr", `, "temperature": 5`, "temperature", "temperature 5 cannot work"},
		{"byol", `, "prediction": []`, "no_prediction", "set prediction"},
	} {
		w := Warnings(specOf(t, c.method, c.extra), nil)
		if len(w) != 1 || w[0].Kind != c.kind || !strings.Contains(w[0].Message, c.says) {
			t.Errorf("%s%s: want %q, got %q", c.method, c.extra, c.says, w)
		}
	}
	for _, name := range names() {
		if w := Warnings(specOf(t, name, ""), nil); len(w) != 0 {
			t.Errorf("%s: %q", name, w)
		}
	}
}

// The statistics of a step against their definitions, on embeddings that make them
// easy: pairs of equal unit vectors along the axes.
func TestStatisticsOfEmbeddings(t *testing.T) {
	const n, d = 4, 4
	x := make([]float32, 2*n*d)
	for i := range 2 * n {
		x[i*d+i%n] = float32(1 + i) // length does not matter
	}
	var s Stats
	check(t, new(health).fill(&s, Result{Embeddings: x, N: n, D: d}))
	// Of the 28 pairs of rows 4 are equal and 24 are at squared distance 2.
	uniformity := math.Log((4 + 24*math.Exp(-4)) / 28)
	for name, v := range map[string][2]float64{
		"feature_std":    {s.FeatureStd, math.Sqrt(0.25 * 0.75)},
		"effective_rank": {s.EffectiveRank, 4},
		"alignment":      {s.Alignment, 0},
		"uniformity":     {s.Uniformity, uniformity},
	} {
		if math.Abs(v[0]-v[1]) > 1e-6 {
			t.Errorf("%s: want %g, got %g", name, v[1], v[0])
		}
	}
	for i := range n { // the second views one axis on
		for j := range d {
			x[(n+i)*d+j] = 0
		}
		x[(n+i)*d+(i+1)%n] = 1
	}
	check(t, new(health).fill(&s, Result{Embeddings: x, N: n, D: d}))
	if math.Abs(s.Alignment-2) > 1e-6 {
		t.Errorf("alignment of orthogonal pairs: want 2, got %g", s.Alignment)
	}
}

// Many rows of many dimensions are judged by some of them: what is reported has the
// bounds of the sample, and takes no seconds.
func TestLargeEmbeddingsAreSampled(t *testing.T) {
	const n, d = 300, 400
	x := make([]float32, 2*n*d)
	s := rng.Key{Seed: 4}.Stream()
	for i := range x {
		x[i] = float32(s.Normal())
	}
	var stats Stats
	check(t, new(health).fill(&stats, Result{Embeddings: x, N: n, D: d}))
	if stats.EffectiveRank < 200 || stats.EffectiveRank > 256 {
		t.Errorf("want a rank near 256, that of 2 x 128 random rows, got %g", stats.EffectiveRank)
	}
	if math.Abs(stats.FeatureStd*math.Sqrt(d)-1) > 0.05 {
		t.Errorf("want 1/sqrt(d), got %g", stats.FeatureStd)
	}
}
