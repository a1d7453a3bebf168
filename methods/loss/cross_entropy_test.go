package loss

import (
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core"
)

func TestCrossEntropyGolden(t *testing.T) {
	a, _, _, _ := goldenInputs(t)
	var labels []int64
	golden(t, &labels, "cross_entropy", "labels")
	for key, s := range map[string]float64{"smoothing=0": 0, "smoothing=0.1": 0.1} {
		var want goldenLoss
		golden(t, &want, "cross_entropy", key)
		g := make([]float32, 12)
		value, accuracy, err := CrossEntropyAccuracy(a, labels, 3, 4, CrossEntropyOptions{Smoothing: s}, g)
		if err != nil {
			t.Fatal(err)
		}
		near(t, key, value, want.Value, 1e-7)
		closeTo(t, key, g, flat64(want.DA), 1e-6)
		if accuracy != 1 {
			t.Errorf("%s: accuracy %v, want 1", key, accuracy)
		}
	}
}

func TestCrossEntropyDifferences(t *testing.T) {
	const n, c = 6, 5
	labels := []int64{0, 4, 2, 2, 1, 3}
	for scale, tolerance := range map[float32]float64{1: 1e-6, 30: 1e-6, 1e-4: 1e-6} {
		logits := random(3, n, c)
		for i := range logits {
			logits[i] *= scale
		}
		for _, s := range []float64{0, 0.2, 1} {
			x := widen(logits)
			slow := func() float64 {
				total := 0.0
				for i := range n {
					row := x[i*c : (i+1)*c]
					top, sum := slices.Max(row), 0.0
					for _, v := range row {
						sum += math.Exp(v - top)
					}
					for k, v := range row {
						target := s / c
						if int64(k) == labels[i] {
							target += 1 - s
						}
						total += target * (top + math.Log(sum) - v) / n
					}
				}
				return total
			}
			g := make([]float32, n*c)
			value, err := CrossEntropy(logits, labels, n, c, CrossEntropyOptions{Smoothing: s}, g)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "value", value, slow(), 1e-9)
			for i, want := range differences(slow, x) {
				if math.Abs(float64(g[i])-want) > tolerance {
					t.Fatalf("scale %v, smoothing %v: g[%d] = %v, want %v", scale, s, i, g[i], want)
				}
			}
		}
	}
}

func TestCrossEntropyKnown(t *testing.T) {
	inf := float32(math.Inf(-1))
	value, accuracy, err := CrossEntropyAccuracy(make([]float32, 20), []int64{0, 1, 2, 3}, 4, 5, CrossEntropyOptions{}, nil)
	if err != nil || accuracy != 0.25 {
		t.Fatal(accuracy, err)
	}
	near(t, "no information", value, math.Log(5), 1e-12)
	// A sure and right guess keeps its digits: e^-100.
	value, err = CrossEntropy([]float32{100, 0}, []int64{0}, 1, 2, CrossEntropyOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sure", value, math.Exp(-100), 1e-9)
	// Huge logits, and an excluded class in front.
	g := make([]float32, 3)
	value, err = CrossEntropy([]float32{inf, 3e38, 3e38}, []int64{1}, 1, 3, CrossEntropyOptions{}, g)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "huge", value, math.Ln2, 1e-12)
	if !slices.Equal(g, []float32{0, -0.5, 0.5}) {
		t.Errorf("gradient %v", g)
	}
}

func TestCrossEntropyBadInput(t *testing.T) {
	logits := random(1, 2, 3)
	call := func(labels []int64, s float64, g []float32) error {
		_, err := CrossEntropy(logits, labels, 2, 3, CrossEntropyOptions{Smoothing: s}, g)
		return err
	}
	wants(t, call([]int64{0}, 0, nil), core.EShape, "cross_entropy", "labels", "want shape (2)")
	wants(t, call([]int64{0, 3}, 0, nil), core.EInval, "cross_entropy", "labels", "from 0 to 2, got 3 in row 1")
	wants(t, call([]int64{-1, 0}, 0, nil), core.EInval, "cross_entropy", "labels", "got -1 in row 0")
	wants(t, call([]int64{0, 1}, 1.5, nil), core.EInval, "cross_entropy", "smoothing", "from 0 to 1")
	wants(t, call([]int64{0, 1}, 0, logits), core.EInval, "cross_entropy", "g", "shared with logits")
	logits[4] = float32(math.Inf(-1))
	wants(t, call([]int64{0, 1}, 0, nil), core.ENumeric, "cross_entropy", "logits", "row 1, column 1")
	wants(t, call([]int64{0, 0}, 0.1, nil), core.ENumeric, "cross_entropy", "logits", "row 1, column 1")
	logits[4] = float32(math.NaN())
	wants(t, call([]int64{0, 0}, 0, nil), core.ENumeric, "cross_entropy", "logits", "row 1, column 1")
	_, err := CrossEntropy(nil, nil, 0, 3, CrossEntropyOptions{}, nil)
	wants(t, err, core.EShape, "cross_entropy", "logits", "at least 1 row")
}

func TestMaskedMSE(t *testing.T) {
	a, b, _, _ := goldenInputs(t)
	var in struct {
		Mask [][]float64
		goldenLoss
	}
	golden(t, &in, "masked_mse")
	mask, g := flat32(in.Mask), make([]float32, 12)
	value, err := MaskedMSE(a, b, mask, g)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "masked_mse", value, in.Value, 1e-6)
	closeTo(t, "masked_mse dx", g, flat64(in.DA), 1e-6)
	for i, m := range mask {
		if m == 0 && g[i] != 0 {
			t.Errorf("gradient %v outside the mask", g[i])
		}
	}
	// What the mask hides does not matter; without a mask everything counts alike.
	hidden := slices.Clone(b)
	for i, m := range mask {
		if m == 0 {
			hidden[i] = 99
		}
	}
	if again, err := MaskedMSE(a, hidden, mask, nil); err != nil || again != value {
		t.Errorf("a hidden target matters: %v %v, want %v", again, err, value)
	}
	ones := slices.Repeat([]float32{1}, 12)
	with, _ := MaskedMSE(a, b, ones, nil)
	without, err := MaskedMSE(a, b, nil, nil)
	if err != nil || with != without {
		t.Errorf("no mask %v, a mask of ones %v (%v)", without, with, err)
	}
}

func TestMaskedMSEThreadsAndBadInput(t *testing.T) {
	const n = 50000
	x, y, mask := random(1, n, 1), random(2, n, 1), make([]float32, n)
	for i := range mask {
		mask[i] = float32(i % 3)
	}
	g := make([]float32, n)
	var first []uint32
	withThreads(t, func(threads int) {
		v, err := MaskedMSE(x, y, mask, g)
		if err != nil {
			t.Fatal(err)
		}
		if got := bits(g, []float32{float32(v)}); first == nil {
			first = got
		} else if !slices.Equal(got, first) {
			t.Errorf("%d threads give other bits", threads)
		}
	})
	call := func(x, y, mask, g []float32) error { _, err := MaskedMSE(x, y, mask, g); return err }
	wants(t, call(nil, nil, nil, nil), core.EShape, "masked_mse", "x", "at least one value")
	wants(t, call(x, y[1:], nil, nil), core.EShape, "masked_mse", "target", "want 50000")
	wants(t, call(x, y, mask[1:], nil), core.EShape, "masked_mse", "mask", "want 50000")
	wants(t, call(x, y, make([]float32, n), nil), core.EInval, "masked_mse", "mask", "only 0")
	wants(t, call(x, y, mask, x), core.EInval, "masked_mse", "gx", "shared with x")
	mask[7] = -1
	wants(t, call(x, y, mask, nil), core.EInval, "masked_mse", "mask", "got -1 at value 7")
	y[6] = float32(math.NaN())
	wants(t, call(x, y, mask, nil), core.ENumeric, "masked_mse", "target", "at value 6")
}
