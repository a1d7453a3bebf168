package evaluate

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/rng"
)

func TestLBFGS(t *testing.T) {
	// A badly scaled quadratic: minimum at 1, 2, ..., n.
	const n = 30
	w := make([]float64, n)
	steps, err := lbfgs(func(w, g []float64) (float64, error) {
		v := 0.0
		for i, x := range w {
			e, scale := x-float64(i+1), math.Pow(10, float64(i%4))
			v += scale * e * e / 2
			g[i] = scale * e
		}
		return v, nil
	}, w, 1e-8, 500)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range w {
		if math.Abs(x-float64(i+1)) > 1e-7 {
			t.Fatalf("after %d steps w[%d] = %v", steps, i, x)
		}
	}
	if steps >= 100 {
		t.Errorf("%d steps", steps)
	}
	// Rosenbrock's valley.
	w = []float64{-1.2, 1}
	if _, err := lbfgs(func(w, g []float64) (float64, error) {
		x, y := w[0], w[1]
		g[0] = -400*x*(y-x*x) - 2*(1-x)
		g[1] = 200 * (y - x*x)
		return 100*(y-x*x)*(y-x*x) + (1-x)*(1-x), nil
	}, w, 1e-8, 500); err != nil || math.Abs(w[0]-1) > 1e-6 || math.Abs(w[1]-1) > 1e-6 {
		t.Errorf("valley: %v %v", w, err)
	}
	// At most the number of iterations it was given.
	if steps, err := lbfgs(func(w, g []float64) (float64, error) { g[0] = math.Exp(w[0]); return g[0], nil }, []float64{0}, 0, 7); err != nil || steps != 7 {
		t.Errorf("%d steps %v, want 7", steps, err)
	}
}

// slowLogistic is the objective in float64, from its definition.
func slowLogistic(x []float32, labels []int64, d, classes int, lambda float64, w []float64) float64 {
	total := 0.0
	for i, label := range labels {
		var scores []float64
		top := math.Inf(-1)
		for c := range classes {
			s := w[c*(d+1)+d]
			for j := range d {
				s += w[c*(d+1)+j] * float64(x[i*d+j])
			}
			scores = append(scores, s)
			top = math.Max(top, s)
		}
		sum := 0.0
		for _, s := range scores {
			sum += math.Exp(s - top)
		}
		total += (top + math.Log(sum) - scores[label]) / float64(len(labels))
	}
	for c := range classes {
		for j := range d {
			total += lambda / 2 * w[c*(d+1)+j] * w[c*(d+1)+j]
		}
	}
	return total
}

func TestLogisticObjective(t *testing.T) {
	const n, d, classes, lambda = 300, 4, 3, 0.1
	x, labels := clusters(1, n, d, classes, 2)
	m := &LinearModel{Classes: classes, Features: d, Mean: make([]float32, d), Scale: slices.Repeat([]float32{1}, d)}
	l := logistic{x: m.enter(x, n), labels: labels, n: n, d1: d + 1, classes: classes, lambda: lambda}
	w := make([]float64, classes*(d+1))
	s := rng.Key{Seed: 4}.Stream()
	for i := range w {
		w[i] = s.Normal()
	}
	g := make([]float64, len(w))
	value, err := l.value(w, g)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "value", value, slowLogistic(x, labels, d, classes, lambda, w), 1e-6)
	for i := range w {
		old, h := w[i], 1e-4
		w[i] = old + h
		up := slowLogistic(x, labels, d, classes, lambda, w)
		w[i] = old - h
		down := slowLogistic(x, labels, d, classes, lambda, w)
		w[i] = old
		if want := (up - down) / (2 * h); math.Abs(g[i]-want) > 1e-5 {
			t.Errorf("gradient %d: %v, differences say %v", i, g[i], want)
		}
	}
}

// The fitted weights are the minimum: nothing near them is lower, in float64.
func TestFitLinearMinimum(t *testing.T) {
	const n, d, classes, lambda = 500, 3, 4, 0.01
	x, labels := clusters(3, n, d, classes, 1)
	m, err := FitLinear(x, labels, d, LinearOptions{Lambdas: []float64{lambda}, Iterations: 500})
	if err != nil {
		t.Fatal(err)
	}
	w := make([]float64, 0, classes*(d+1))
	for c := range classes {
		for j := range d {
			w = append(w, float64(m.Weights[c*d+j]))
		}
		w = append(w, float64(m.Bias[c]))
	}
	entered := make([]float32, n*d)
	for i, v := range x {
		entered[i] = (v - m.Mean[i%d]) * m.Scale[i%d]
	}
	for i := range w {
		old, h := w[i], 1e-3
		w[i] = old + h
		up := slowLogistic(entered, labels, d, classes, lambda, w)
		w[i] = old - h
		down := slowLogistic(entered, labels, d, classes, lambda, w)
		w[i] = old
		if slope := (up - down) / (2 * h); math.Abs(slope) > 2e-4 {
			t.Errorf("slope %v along weight %d", slope, i)
		}
	}
}

func TestLinear(t *testing.T) {
	const d, classes = 8, 5
	train, trainLabels := clusters(1, 1000, d, classes, 0.8)
	test, testLabels := clusters(2, 400, d, classes, 0.8)
	r, err := Linear(train, trainLabels, test, testLabels, d, DefaultLinear())
	if err != nil {
		t.Fatal(err)
	}
	knn, err := KNNAccuracy(train, trainLabels, test, testLabels, d, KNNOptions{K: 20, Temperature: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy < 0.9 || r.Accuracy < knn.Accuracy-0.03 {
		t.Errorf("accuracy %v, knn %v", r.Accuracy, knn.Accuracy)
	}
	if r.NTest != 400 || r.NTrain != 1000 || r.Classes != classes || r.NValidation < 190 || r.NValidation > 200 || r.ValidationAccuracy < 0.9 {
		t.Errorf("%+v", r)
	}
	// Scale and shift of each feature change no prediction.
	m, err := FitLinear(train, trainLabels, d, DefaultLinear())
	if err != nil {
		t.Fatal(err)
	}
	before, err := m.Predict(test)
	if err != nil {
		t.Fatal(err)
	}
	move := func(x []float32) []float32 {
		y := make([]float32, len(x))
		for i, v := range x {
			y[i] = v*float32(math.Pow(4, float64(i%d-4))) + float32(i%d)
		}
		return y
	}
	if m, err = FitLinear(move(train), trainLabels, d, DefaultLinear()); err != nil {
		t.Fatal(err)
	}
	after, err := m.Predict(move(test))
	if err != nil {
		t.Fatal(err)
	}
	if a := Accuracy(after, before); a < 0.99 {
		t.Errorf("moved features: %v of the predictions agree", a)
	}
}

// Lambda is chosen on the rows put aside: with labels that mean nothing the
// penalty must win over fitting them.
func TestLinearChoosesLambda(t *testing.T) {
	const n, d = 200, 60
	x := normal(5, n*d)
	labels := make([]int64, n)
	s := rng.Key{Seed: 6}.Stream()
	for i := range labels {
		if s.Chance(0.3) {
			labels[i] = 1
		}
	}
	m, err := FitLinear(x, labels, d, DefaultLinear())
	if err != nil {
		t.Fatal(err)
	}
	if m.Lambda < 0.01 {
		t.Errorf("lambda %v fits noise", m.Lambda)
	}
	fit, held := split([]int64{0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1}, 2)
	if !slices.Equal(held, []int{4, 10}) || len(fit) != 10 {
		t.Errorf("split: %v, %v", fit, held)
	}
	// Too few rows to put any aside; one class; a constant feature.
	few, err := FitLinear([]float32{1, 0, 7, 0, 1, 7, 1, 0.1, 7, 0, 0.9, 7}, []int64{0, 1, 0, 1}, 3, DefaultLinear())
	if err != nil || few.Lambda != fewLambda || few.NValidation != 0 {
		t.Fatalf("%+v %v", few, err)
	}
	if p, err := few.Predict([]float32{0.8, 0.2, 7, 0.2, 0.8, 7}); err != nil || !slices.Equal(p, []int64{0, 1}) {
		t.Errorf("few labels: %v %v", p, err)
	}
	one, err := FitLinear(normal(1, 12), []int64{0, 0, 0, 0}, 3, DefaultLinear())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := one.Predict(normal(2, 6)); err != nil || !slices.Equal(p, []int64{0, 0}) {
		t.Errorf("one class: %v %v", p, err)
	}
}

func TestLinearThreads(t *testing.T) {
	train, labels := clusters(1, 3000, 12, 6, 2)
	var first *LinearModel
	withThreads(t, func(threads int) {
		m, err := FitLinear(train, labels, 12, LinearOptions{Lambdas: []float64{1e-3, 0.1}, Iterations: 20})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = m
		} else if !slices.Equal(m.Weights, first.Weights) || !slices.Equal(m.Bias, first.Bias) {
			t.Errorf("%d threads give other weights", threads)
		}
	})
}

func TestLinearBadInput(t *testing.T) {
	x, labels := normal(1, 12), []int64{0, 1, 2, 0}
	call := func(x []float32, labels []int64, d int, opt LinearOptions) error {
		_, err := Linear(x, labels, normal(2, 6), []int64{0, 1}, d, opt)
		return err
	}
	wants(t, call(x, labels[:3], 3, DefaultLinear()), core.EShape, "linear", "train_labels", "want 4 labels")
	wants(t, call(x, []int64{0, 1, -2, 0}, 3, DefaultLinear()), core.EInval, "linear", "train_labels", "got -2 in row 2")
	wants(t, call(x[:11], labels, 3, DefaultLinear()), core.EShape, "linear", "train", "rows of 3")
	wants(t, call(x, labels, 3, LinearOptions{Iterations: 1}), core.EInval, "linear", "lambdas", "at least one")
	wants(t, call(x, labels, 3, LinearOptions{Lambdas: []float64{1}}), core.EInval, "linear", "iterations", "at least 1")
	wants(t, call(x, labels, 3, LinearOptions{Lambdas: []float64{math.NaN()}, Iterations: 1}), core.EInval, "linear", "lambdas", "at least 0")
	bad := slices.Clone(x)
	bad[10] = float32(math.Inf(1))
	wants(t, call(bad, labels, 3, DefaultLinear()), core.ENumeric, "linear", "train", "row 3, column 1")
	_, err := Linear(x, labels, bad[6:], []int64{0, 1}, 3, DefaultLinear())
	wants(t, err, core.ENumeric, "linear", "test", "row 1, column 1")
	m, err := FitLinear(x, labels, 3, DefaultLinear())
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Predict(x[:5])
	wants(t, err, core.EShape, "linear", "features", "rows of 3")
}

func BenchmarkLinear(b *testing.B) {
	const n, d, classes = 10000, 256, 10
	b.Run(fmt.Sprintf("%dx%d", n, d), func(b *testing.B) {
		train, labels := clusters(1, n, d, classes, 8)
		test, testLabels := clusters(2, 5000, d, classes, 8)
		for b.Loop() {
			r, err := Linear(train, labels, test, testLabels, d, DefaultLinear())
			if err != nil {
				b.Fatal(err)
			}
			b.Logf("%+v", r)
		}
	})
}
