package loss

import (
	"sync/atomic"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
	"github.com/jumelle/jumelle/core/par"
)

// NTXentOptions sets NTXent. Start from DefaultNTXent: the zero value is refused,
// because a temperature of 0 is a mistake and not a wish for the default.
type NTXentOptions struct {
	// Temperature divides the cosines; at least 1e-8.
	Temperature float64
	// Lo and Hi choose the pairs Lo..Hi-1, whose views are the anchors, against all
	// 2n rows; 0, 0 is all of them. Value and gradients (of all rows) are then the
	// slice's share: added up over slices that cover all pairs, as several workers
	// do that hold the gathered rows, they are those of one call.
	Lo, Hi int
}

// DefaultNTXent has temperature 0.5, SimCLR's for CIFAR-10.
func DefaultNTXent() NTXentOptions { return NTXentOptions{Temperature: 0.5} }

// NTXent is the loss of SimCLR (Chen et al. 2020). a and b are (n, d), row i of
// both is a view of picture i. With ẑ = [â; b̂] (2n rows of length 1),
// s_ik = ẑ_i·ẑ_k/temperature and p(i) the other view of anchor i:
//
//	L = 1/(2n) Σ_i [ ln Σ_{k≠i} e^{s_ik} - s_{i,p(i)} ]
//
// the mean over the 2n anchors, each with 2n-1 candidates. lightly's NTXentLoss
// and solo-learn's simclr_loss_func of one positive give the same number at the
// same temperature; SimCLR's TensorFlow code adds two means over n: twice ours.
//
// ga and gb (n, d) become the gradients; nil skips them. n = 1 is refused: its
// loss is always 0. Memory: O(n·d), the 2n x 2n matrix is never stored. Cost: 8n²d
// multiply-adds with gradients, 2n²d without.
func NTXent(a, b []float32, n, d int, opt NTXentOptions, ga, gb []float32) (float64, error) {
	value, _, err := NTXentAccuracy(a, b, n, d, opt, ga, gb)
	return value, err
}

// NTXentAccuracy is NTXent and also returns the fraction of the 2n anchors whose
// most similar candidate is their other view: the accuracy of the classification
// "which picture did this view come from" whose cross-entropy the loss is. A tie
// is a wrong guess.
func NTXentAccuracy(a, b []float32, n, d int, opt NTXentOptions, ga, gb []float32) (value, accuracy float64, err error) {
	const op = "nt_xent"
	if err := checkPairs(op, "a", "b", a, b, n, d, 2); err != nil {
		return 0, 0, err
	}
	if err := checkTemperature(op, opt.Temperature); err != nil {
		return 0, 0, err
	}
	if err := checkOutputs(op, []array{{"ga", ga}, {"gb", gb}}, []array{{"a", a}, {"b", b}}, n, d); err != nil {
		return 0, 0, err
	}
	lo, hi, err := checkSlice(op, opt.Lo, opt.Hi, n)
	if err != nil {
		return 0, 0, err
	}
	mem := borrow()
	defer mem.giveBack()
	m := 2 * n
	x := &nTXent{
		mem: mem, op: op, a: a, b: b, ga: ga, gb: gb, n: n, m: m, d: d, temperature: opt.Temperature,
		unit: mem.room(m * d), length: mem.doubles(m),
		positive: mem.doubles(n), loss: mem.doubles(m), miss: mem.doubles(m),
	}
	if ga != nil || gb != nil {
		x.acc = mem.floats(m * d)
	}
	if hi-lo < n {
		err = x.slice(lo, hi)
	} else {
		err = par.Steps(x.whole()...)
	}
	if err != nil {
		return 0, 0, err
	}
	value, accuracy = x.result(2 * (hi - lo))
	return value, accuracy, nil
}

// nTXent is one evaluation with m = 2n rows.
type nTXent struct {
	mem         *scratch
	op          string
	a, b        []float32
	ga, gb      []float32 // their gradients, or nil
	n, m, d     int
	temperature float64
	unit        []float32    // ẑ, (m, d)
	length      []float64    // of the rows, at least floor
	positive    []float64    // the logit of each pair
	loss        []float64    // of each anchor, 0 of other rows
	miss        []float64    // 1 - P(positive) of each anchor, 0 of other rows
	right       atomic.Int64 // anchors that choose their positive
	acc         []float32    // (m, d): Σ_k W_ik ẑ_k over the negatives, W_ik = P_ik + P_ki; nil without gradients
}

// prepare normalises the rows and computes the positives.
func (x *nTXent) prepare() []par.Step {
	n, d := x.n, x.d
	normalize := func(lo, hi int) (err error) {
		for i := lo; i < hi && err == nil; i++ {
			name, from, k := "a", x.a, i
			if i >= n {
				name, from, k = "b", x.b, i-n
			}
			x.length[i], err = normalizeRow(x.op, name, k, from[k*d:(k+1)*d], x.unit[i*d:(i+1)*d])
		}
		return err
	}
	positives := func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			x.positive[i] = cosine(x.a[i*d:(i+1)*d], x.b[i*d:(i+1)*d], x.length[i], x.length[n+i]) / x.temperature
		}
		return nil
	}
	return []par.Step{{N: x.m, Grain: pieceRows(d), Body: normalize}, {N: n, Grain: pieceRows(d), Body: positives}}
}

// finish is the loss of the anchor, whose negatives are row i of state.
func (x *nTXent) finish(state negatives, i, anchor int) {
	s := x.positive[anchor%x.n]
	if state.guessed(i, s, x.temperature) {
		x.right.Add(1)
	}
	x.loss[anchor], x.miss[anchor] = state.finish(i, s)
}

// result is the share of these anchors in the mean over all, and their accuracy.
func (x *nTXent) result(anchors int) (value, accuracy float64) {
	for _, loss := range x.loss {
		value += loss
	}
	return value / float64(x.m), float64(x.right.Load()) / float64(anchors)
}

// gradients adds the positives and goes through the normalisation.
func (x *nTXent) gradients() par.Step {
	n, d := x.n, x.d
	scale := 1 / (float64(x.m) * x.temperature)
	return par.Step{N: x.m, Grain: pieceRows(d), Body: func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			k, p, row, other, out := i, i+n, x.a, x.b, x.ga // row k of a or b, the anchor's other view p
			if i >= n {
				k, p, row, other, out = i-n, i-n, x.b, x.a, x.gb
			}
			if out == nil {
				continue
			}
			pull := (x.miss[i] + x.miss[p]) / x.length[p]
			through(row[k*d:(k+1)*d], x.length[i], x.acc[i*d:(i+1)*d], pull, other[k*d:(k+1)*d], scale, out[k*d:(k+1)*d])
		}
		return nil
	}}
}

// NTXentLogits shows NT-Xent as a classification: row i of logits (2n, 2n) holds
// s_ik, -Inf at k = i, and labels[i] = p(i) is the right class. The mean softmax
// cross-entropy of the two is NTXent. It stores the matrix: for small n.
func NTXentLogits(a, b []float32, n, d int, opt NTXentOptions, logits []float32, labels []int64) error {
	const op = "nt_xent_logits"
	if err := checkPairs(op, "a", "b", a, b, n, d, 2); err != nil {
		return err
	}
	if err := checkTemperature(op, opt.Temperature); err != nil {
		return err
	}
	m := 2 * n
	if len(logits) != m*m {
		return core.Errorf(core.EShape, op, "logits", "want shape (%d, %d), got %d values", m, m, len(logits))
	}
	if len(labels) != m {
		return core.Errorf(core.EShape, op, "labels", "want shape (%d), got %d values", m, len(labels))
	}
	if err := checkOutputs(op, []array{{"logits", logits}}, []array{{"a", a}, {"b", b}}, m, m); err != nil {
		return err
	}
	unit, length := make([]float32, m*d), make([]float64, m)
	if err := Normalize(op, "a", a, n, d, unit[:n*d], length[:n]); err != nil {
		return err
	}
	if err := Normalize(op, "b", b, n, d, unit[n*d:], length[n:]); err != nil {
		return err
	}
	for i := range labels {
		labels[i] = int64((i + n) % m)
	}
	return fillLogits(unit, unit, m, m, d, opt.Temperature, logits, m, 0, []int{0})
}

// fillLogits writes q̂k̂ᵀ/temperature into columns col0.. of rows of ld values,
// -Inf where the column of k is the row plus one of the offsets.
func fillLogits(q, k []float32, n, m, d int, temperature float64, logits []float32, ld, col0 int, offsets []int) error {
	return par.For(n, 64, func(lo, hi int) error {
		kernel.Gemm(false, true, hi-lo, m, d, float32(1/temperature), q[lo*d:], d, k, d, 0, logits[lo*ld+col0:], ld)
		for i := lo; i < hi; i++ {
			for _, off := range offsets {
				if c := i + off; c >= 0 && c < m {
					logits[i*ld+col0+c] = minusInf
				}
			}
		}
		return nil
	})
}
