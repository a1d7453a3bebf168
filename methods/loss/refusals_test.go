package loss

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core"
)

// refusing is a loss of two matrices (n, d), as its callers may get it wrong.
type refusing struct {
	first, second, output string // its arguments
	least                 int    // rows
	call                  func(a, b []float32, n, d int, g []float32) error
}

var negativesOfOne = []float32{1, 2}

var refusals = map[string]refusing{
	"nt_xent": {"a", "b", "ga", 2, func(a, b []float32, n, d int, g []float32) error {
		_, err := NTXent(a, b, n, d, DefaultNTXent(), g, nil)
		return err
	}},
	"info_nce": {"q", "k", "gq", 2, func(a, b []float32, n, d int, g []float32) error {
		_, err := InfoNCE(a, b, n, d, DefaultInfoNCE(), g, nil)
		return err
	}},
	"info_nce_queue": {"q", "k", "gq", 1, func(a, b []float32, n, d int, g []float32) error {
		_, err := InfoNCEQueue(a, b, negativesOfOne[:d], n, 1, d, DefaultInfoNCEQueue(), g)
		return err
	}},
	"info_nce_negatives": {"q", "k", "gq", 1, func(a, b []float32, n, d int, g []float32) error {
		_, err := InfoNCENegatives(a, b, negativesOfOne[:d], n, 1, d, DefaultInfoNCE(), g, nil, nil)
		return err
	}},
	"byol": {"prediction", "target", "gp", 1, func(a, b []float32, n, d int, g []float32) error {
		_, err := BYOL(a, b, n, d, g)
		return err
	}},
	"barlow_twins": {"a", "b", "ga", 2, func(a, b []float32, n, d int, g []float32) error {
		_, err := BarlowTwins(a, b, n, d, DefaultBarlowTwins(), g, nil)
		return err
	}},
}

func TestEveryLossRefuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for op, l := range refusals {
		a, b := random(1, 4, 2), random(2, 4, 2)
		wants(t, l.call(a[:2*l.least-2], b[:2*l.least-2], l.least-1, 2, nil), core.EShape, op, l.first, "want at least")
		wants(t, l.call(nil, nil, 4, 0, nil), core.EShape, op, l.first, "at least one column, got shape (4, 0)")
		wants(t, l.call(a[:7], b, 4, 2, nil), core.EShape, op, l.first, "want shape (4, 2), got 7 values")
		wants(t, l.call(a, b[:6], 4, 2, nil), core.EShape, op, l.second, "want shape (4, 2), got 6 values")
		wants(t, l.call(a, b, 4, 2, make([]float32, 7)), core.EShape, op, l.output, "want shape (4, 2) or nil, got 7 values")
		wants(t, l.call(a, b, 4, 2, b), core.EInval, op, l.output, "shared with "+l.second)
		for _, bad := range []float32{nan, inf, -inf} {
			for side, name := range []string{l.first, l.second} {
				pair := [2][]float32{slices.Clone(a), slices.Clone(b)}
				pair[side][5], pair[side][7] = bad, nan // the first row counts
				wants(t, l.call(pair[0], pair[1], 4, 2, nil), core.ENumeric, op, name, "row 2, column 1")
			}
		}
		g := make([]float32, 8)
		if err := l.call(make([]float32, 8), make([]float32, 8), 4, 2, g); err != nil {
			t.Errorf("%s of zeros: %v", op, err)
		}
		if i := slices.IndexFunc(g, func(v float32) bool { return !finite(float64(v)) }); i >= 0 {
			t.Errorf("%s of zeros: gradient %v", op, g[i])
		}
	}
}

func TestEveryTemperatureIsChecked(t *testing.T) {
	a, b := random(1, 3, 2), random(2, 3, 2)
	logits, labels := make([]float32, 36), make([]int64, 6)
	for op, call := range map[string]func(temperature float64) error{
		"nt_xent": func(v float64) error {
			_, err := NTXent(a, b, 3, 2, NTXentOptions{Temperature: v}, nil, nil)
			return err
		},
		"nt_xent_logits": func(v float64) error {
			return NTXentLogits(a, b, 3, 2, NTXentOptions{Temperature: v}, logits, labels)
		},
		"info_nce": func(v float64) error {
			_, err := InfoNCE(a, b, 3, 2, InfoNCEOptions{Temperature: v}, nil, nil)
			return err
		},
		"info_nce_logits": func(v float64) error {
			return InfoNCELogits(a, b, 3, 2, InfoNCEOptions{Temperature: v}, logits[:9], labels[:3])
		},
		"info_nce_queue": func(v float64) error {
			_, err := InfoNCEQueue(a, b, negativesOfOne, 3, 1, 2, InfoNCEOptions{Temperature: v}, nil)
			return err
		},
		"info_nce_queue_logits": func(v float64) error {
			return InfoNCEQueueLogits(a, b, negativesOfOne, 3, 1, 2, InfoNCEOptions{Temperature: v}, logits[:6], labels[:3])
		},
		"info_nce_negatives": func(v float64) error {
			_, err := InfoNCENegatives(a, b, negativesOfOne, 3, 1, 2, InfoNCEOptions{Temperature: v}, nil, nil, nil)
			return err
		},
	} {
		for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1), 1e-9} {
			var e *core.Error
			if err := call(bad); !errors.As(err, &e) || e.Code != core.EInval || e.Op != op || e.Argument != "temperature" {
				t.Errorf("%s: temperature %v: got %v", op, bad, err)
			}
		}
		if err := call(0.01); err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
}
