package opt

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
	"github.com/jumelle/jumelle/core/rng"
)

func golden(t *testing.T, key string, out any) {
	t.Helper()
	text, err := os.ReadFile("../../tests/golden/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[key], out); err != nil {
		t.Fatalf("golden.json: %s: %v", key, err)
	}
}

func wants(t *testing.T, err error, op, argument, text string) {
	t.Helper()
	var e *core.Error
	if !errors.As(err, &e) || e.Op != op || e.Argument != argument || !strings.Contains(e.Msg, text) {
		t.Errorf("got %v, want %s: %s: ...%s...", err, op, argument, text)
	}
}

func closeTo(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	for i, v := range want {
		if !(math.Abs(float64(got[i])-v) <= tolerance*math.Abs(v)) {
			t.Errorf("%s: value %d: got %.10g, want %.10g", what, i, got[i], v)
		}
	}
}

// Two steps of each, in float32: one rounding of the weights is 6e-8.
func TestGolden(t *testing.T) {
	var sgd, nesterov, adam struct{ W [2][]float64 }
	var lars struct {
		W, V [2][]float64
		Q    [2]float64
	}
	golden(t, "sgd", &sgd)
	golden(t, "sgd_nesterov", &nesterov)
	golden(t, "adamw", &adam)
	golden(t, "lars", &lars)
	adamw := DefaultAdamW()
	larsOpt := DefaultLARS()
	for _, c := range []struct {
		name string
		opt  Optimizer
		lr   float64
		want [2][]float64
	}{
		{"sgd", &SGD{Momentum: 0.9, WeightDecay: 5e-4}, 0.1, sgd.W},
		{"sgd_nesterov", &SGD{Momentum: 0.9, WeightDecay: 5e-4, Nesterov: true}, 0.1, nesterov.W},
		{"adamw", &adamw, 1e-3, adam.W},
		{"lars", &larsOpt, 0.2, lars.W},
	} {
		w, g := []float32{0.6, -0.8}, []float32{0.03, 0.04}
		for step := range 2 {
			if err := c.opt.Step(w, g, c.lr, nil); err != nil {
				t.Fatal(err)
			}
			closeTo(t, c.name, w, c.want[step], 2e-7)
			if c.name == "lars" {
				closeTo(t, "lars v", c.opt.State()[0].Values, lars.V[step], 2e-7)
			}
		}
	}
	groups, pieces, err := plan("lars", []float32{0.6, -0.8}, []float32{0.03, 0.04}, 0.2, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	q, err := larsOpt.ratios([]float32{0.6, -0.8}, []float32{0.03, 0.04}, groups, pieces)
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "lars q", []float32{float32(q[0])}, lars.Q[:1], 1e-6)
}

func TestScheduleGolden(t *testing.T) {
	check := func(key string, f func(step int64) float64) {
		var want map[string]float64
		golden(t, key, &want)
		for s, v := range want {
			step, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if got := f(step); math.Abs(got-v) > 1e-11 {
				t.Errorf("%s(%d) = %v, want %v", key, step, got, v)
			}
		}
	}
	check("warmup_cosine", func(s int64) float64 { return WarmupCosine(s, 1, 10, 100, 0) })
	check("ema_cosine", func(s int64) float64 { return EMACosine(s, 0.996, 100) })
}

func TestScheduleEdges(t *testing.T) {
	for _, c := range []struct{ got, want float64 }{
		{WarmupCosine(0, 2, 0, 100, 0.002), 2},
		{WarmupCosine(100, 2, 0, 100, 0.002), 0.002},
		{WarmupCosine(1000, 2, 10, 100, 0.002), 0.002},
		{WarmupCosine(-5, 2, 10, 100, 0), 0},
		{WarmupCosine(5, 2, 10, 10, 0), 1},
		{WarmupCosine(10, 2, 10, 10, 0.5), 0.5},
		{EMACosine(0, 0.99, 0), 1},
		{EMACosine(-1, 0.5, 10), 0.5},
		{EMACosine(11, 0.5, 10), 1},
		{LinearRate(0.3, 512), 0.6},
		{RootRate(0.075, 4096), 4.8},
	} {
		if math.Abs(c.got-c.want) > 1e-12 {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}

// normal is n random values.
func normal(seed uint64, n int) []float32 {
	s := rng.Key{Seed: seed, Operation: rng.Data}.Stream()
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(s.Normal())
	}
	return x
}

func all() map[string]func() Optimizer {
	return map[string]func() Optimizer{
		"sgd":      func() Optimizer { return &SGD{Momentum: 0.9, WeightDecay: 0.01} },
		"nesterov": func() Optimizer { return &SGD{Momentum: 0.9, WeightDecay: 0.01, Nesterov: true} },
		"lars":     func() Optimizer { o := DefaultLARS(); o.WeightDecay = 0.01; return &o },
		"adamw":    func() Optimizer { o := DefaultAdamW(); return &o },
	}
}

// Groups: a tensor of its own steps as it does alone, an excluded one as without
// decay and adaptation, and values in no group stay.
func TestGroups(t *testing.T) {
	w, g := normal(1, 100), normal(2, 100)
	groups := []Group{{Offset: 0, Len: 60, Adapt: true, Decay: true}, {Offset: 60, Len: 30, Rate: 0.25}}
	plain := map[string]func() Optimizer{
		"sgd":      func() Optimizer { return &SGD{Momentum: 0.9} },
		"nesterov": func() Optimizer { return &SGD{Momentum: 0.9, Nesterov: true} },
		"lars":     func() Optimizer { return &SGD{Momentum: 0.9} }, // unadapted LARS is SGD
		"adamw":    func() Optimizer { o := DefaultAdamW(); o.WeightDecay = 0; return &o },
	}
	for name, make := range all() {
		together, alone, rest := slices.Clone(w), slices.Clone(w[:60]), slices.Clone(w[60:90])
		a, b, c := make(), make(), plain[name]()
		for range 3 {
			for _, err := range []error{a.Step(together, g, 0.1, groups), b.Step(alone, g[:60], 0.1, nil), c.Step(rest, g[60:90], 0.025, nil)} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if want := slices.Concat(alone, rest, w[90:]); !slices.Equal(together, want) {
			t.Errorf("%s: groups differ from the same tensors alone", name)
		}
		if slices.Equal(together[:90], w[:90]) {
			t.Errorf("%s: nothing moved", name)
		}
	}
}

func TestLARSZeros(t *testing.T) {
	o := DefaultLARS()
	w := make([]float32, 4)
	if err := o.Step(w, []float32{1, 0, 0, 0}, 0.5, nil); err != nil {
		t.Fatal(err)
	}
	if w[0] != -0.5 { // ‖w‖ = 0: q = 1
		t.Errorf("from zero weights: %v", w)
	}
	o = LARS{Momentum: 0.9, Trust: 1e-3}
	w = []float32{1, 2}
	if err := o.Step(w, make([]float32, 2), 0.5, nil); err != nil || w[0] != 1 || w[1] != 2 {
		t.Errorf("zero gradient moved the weights: %v %v", w, err)
	}
}

// The same bits for any number of threads, over many pieces.
func TestThreads(t *testing.T) {
	defer func() { _ = par.SetThreads(0) }()
	n := 3*pieceLen + 777
	w, g := normal(3, n), normal(4, n)
	groups := []Group{{Offset: 0, Len: 2*pieceLen + 5, Adapt: true, Decay: true}, {Offset: 2*pieceLen + 5, Len: n - 2*pieceLen - 5}}
	for name, make := range all() {
		var first []float32
		for _, threads := range []int{1, 2, 16} {
			if err := par.SetThreads(threads); err != nil {
				t.Fatal(err)
			}
			x, o := slices.Clone(w), make()
			for range 2 {
				if err := o.Step(x, g, 0.1, groups); err != nil {
					t.Fatal(err)
				}
			}
			if err := EMA(x, w, 0.9); err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = x
			} else if !slices.Equal(x, first) {
				t.Errorf("%s: %d threads give other bits", name, threads)
			}
		}
	}
}

// A resumed optimizer goes on to the last bit.
func TestState(t *testing.T) {
	w, g := normal(5, 50), normal(6, 50)
	for name, make := range all() {
		a := make()
		if len(a.State()) != 0 {
			t.Errorf("%s: state before the first step", name)
		}
		x := slices.Clone(w)
		step := func(o Optimizer, x []float32) {
			t.Helper()
			if err := o.Step(x, g, 0.1, nil); err != nil {
				t.Fatal(err)
			}
		}
		step(a, x)
		step(a, x)
		b, y := make(), slices.Clone(x)
		if err := b.SetState(a.State()); err != nil {
			t.Fatal(err)
		}
		step(a, x)
		step(b, y)
		if !slices.Equal(x, y) {
			t.Errorf("%s: resumed differs", name)
		}
		step(a, x)
		if c := b.State()[0].Values; slices.Equal(c, a.State()[0].Values) {
			t.Errorf("%s: SetState shares memory", name)
		}
		// A refused state changes nothing.
		before := slices.Clone(b.State()[0].Values)
		if err := b.SetState([]Array{{"nonsense", []float32{1}}}); err == nil || !slices.Equal(b.State()[0].Values, before) {
			t.Errorf("%s: nonsense accepted: %v", name, err)
		}
		// No arrays: as new.
		if err := b.SetState(nil); err != nil {
			t.Fatal(err)
		}
		y, z := slices.Clone(w), slices.Clone(w)
		step(b, y)
		step(make(), z)
		if !slices.Equal(y, z) {
			t.Errorf("%s: reset differs from new", name)
		}
	}
	o := DefaultAdamW()
	wants(t, o.SetState([]Array{{"first", []float32{1, 2}}, {"second", []float32{1}}, {"step", []float32{1}}}), "adamw", "second", "want 2 values")
	wants(t, o.SetState([]Array{{"first", []float32{1}}, {"second", []float32{1}}, {"step", []float32{-1}}}), "adamw", "step", "at least 0")
	wants(t, o.SetState([]Array{{"first", []float32{1}}, {"second", []float32{1}}}), "adamw", "arrays", `"step"`)
}

func TestEMA(t *testing.T) {
	target, online := []float32{1, 2}, []float32{3, 4}
	for _, c := range []struct {
		m    float64
		want []float32
	}{{1, []float32{1, 2}}, {0.75, []float32{1.5, 2.5}}, {0, []float32{3, 4}}} {
		x := slices.Clone(target)
		if err := EMA(x, online, c.m); err != nil || !slices.Equal(x, c.want) {
			t.Errorf("m=%v: %v %v, want %v", c.m, x, err, c.want)
		}
	}
	wants(t, EMA(target, online[:1], 0.5), "ema", "online", "want 2 values")
	wants(t, EMA(target, online, 1.5), "ema", "m", "from 0 to 1")
	wants(t, EMA(target, online, math.NaN()), "ema", "m", "from 0 to 1")
}

func TestClip(t *testing.T) {
	g := []float32{3, 4}
	if norm, err := Clip(g, 10); err != nil || norm != 5 || g[0] != 3 {
		t.Errorf("%v %v %v", norm, err, g)
	}
	if norm, err := Clip(g, 1); err != nil || norm != 5 || math.Abs(Norm(g)-1) > 1e-6 {
		t.Errorf("%v %v %v", norm, err, g)
	}
	_, err := Clip(g, 0)
	wants(t, err, "clip", "most", "finite number")
}

func TestBadInput(t *testing.T) {
	w, g := make([]float32, 4), make([]float32, 4)
	for name, make := range all() {
		op := name
		if name == "nesterov" {
			op = "sgd"
		}
		wants(t, make().Step(w, g[:3], 0.1, nil), op, "grads", "want 4 values")
		wants(t, make().Step(w, g, -1, nil), op, "lr", "at least 0")
		wants(t, make().Step(w, g, math.NaN(), nil), op, "lr", "at least 0")
		wants(t, make().Step(w, g, 0.1, []Group{{Offset: 2, Len: 3}}), op, "groups[0]", "between 0 and 4")
		wants(t, make().Step(w, g, 0.1, []Group{{Len: 2}, {Offset: 1, Len: 2}}), op, "groups[1]", "between 2 and 4")
		wants(t, make().Step(w, g, 0.1, []Group{{Len: 2, Rate: -1}}), op, "groups[0].Rate", "at least 0")
		o := make()
		if err := o.Step(w, g, 0.1, nil); err != nil {
			t.Fatal(err)
		}
		wants(t, o.Step(w[:2], g[:2], 0.1, nil), op, "params", "want 4 values")
	}
	wants(t, (&SGD{Momentum: 2}).Step(w, g, 0.1, nil), "sgd", "momentum", "from 0 to 1")
	wants(t, (&SGD{WeightDecay: -1}).Step(w, g, 0.1, nil), "sgd", "weight_decay", "from 0")
	wants(t, (&LARS{}).Step(w, g, 0.1, nil), "lars", "trust", "finite number")
	wants(t, (&AdamW{}).Step(w, g, 0.1, nil), "adamw", "eps", "finite number")
	wants(t, (&AdamW{Beta1: 1, Eps: 1}).Step(w, g, 0.1, nil), "adamw", "beta1", "from 0")
}

func BenchmarkStep(b *testing.B) {
	const n = 11 << 20 // resnet18
	w, g := normal(1, n), normal(2, n)
	for _, name := range []string{"sgd", "nesterov", "lars", "adamw"} {
		o := all()[name]()
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := o.Step(w, g, 1e-6, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
