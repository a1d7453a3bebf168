package loss

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// InfoNCEOptions sets InfoNCE and InfoNCEQueue. Start from DefaultInfoNCE or
// DefaultInfoNCEQueue: the zero value has no temperature and is refused.
type InfoNCEOptions struct {
	// Temperature divides the cosines; at least 1e-8.
	Temperature float64
	// Lo and Hi choose the anchors q_Lo .. q_Hi-1; 0, 0 is all of them. Value and
	// gradients are then the slice's share: added up over slices that cover all
	// rows, they are those of one call.
	Lo, Hi int
}

// DefaultInfoNCE has temperature 0.2.
func DefaultInfoNCE() InfoNCEOptions { return InfoNCEOptions{Temperature: 0.2} }

// InfoNCE is one direction with the other rows of the batch as negatives (van den
// Oord et al. 2018; MoCo v3, Chen, Xie & He 2021; half of CLIP's loss). q and k are
// (n, d), k_i is the positive of q_i; with s_ij = q̂_i·k̂_j/temperature
//
//	L = 1/n Σ_i [ ln Σ_j e^{s_ij} - s_ii ]
//
// MoCo v3 multiplies it by 2·temperature, and so does solo-learn's
// mocov3_loss_func; here nothing does. lightly has no loss of one direction. gq and
// gk (n, d) become the gradients, nil skips them: keys that are constants have none.
// n = 1 is refused: its loss is always 0. Memory: O(n·d). Cost: 4n²d
// multiply-adds with both gradients.
func InfoNCE(q, k []float32, n, d int, opt InfoNCEOptions, gq, gk []float32) (float64, error) {
	value, _, err := InfoNCEAccuracy(q, k, n, d, opt, gq, gk)
	return value, err
}

// InfoNCEAccuracy is InfoNCE and also returns the fraction of the anchors whose
// most similar key is their own; a tie is a wrong guess.
func InfoNCEAccuracy(q, k []float32, n, d int, opt InfoNCEOptions, gq, gk []float32) (value, accuracy float64, err error) {
	const op = "info_nce"
	if err := checkPairs(op, "q", "k", q, k, n, d, 2); err != nil {
		return 0, 0, err
	}
	mem := borrow()
	defer mem.giveBack()
	x, err := newContrast(mem, op, q, k, n, d, opt)
	if err != nil {
		return 0, 0, err
	}
	if err := checkOutputs(op, []array{{"gq", gq}, {"gk", gk}}, []array{{"q", q}, {"k", k}}, n, d); err != nil {
		return 0, 0, err
	}
	lo, hi := x.lo, x.hi
	x.rows = newRows(mem, x.unitQ[lo*d:hi*d], x.unitK, hi-lo, n, d, opt.Temperature, lo)
	if value, accuracy, err = x.evaluate(); err != nil {
		return 0, 0, err
	}
	return value, accuracy, x.gradients(gq, gk, true)
}

// contrast is one evaluation of anchors q with one positive k_i each: the
// negatives are candidates of rows.
type contrast struct {
	mem              *scratch
	q, k             []float32 // as given, (n, d)
	n, d             int
	lo, hi           int // the anchors
	temperature      float64
	unitQ, unitK     []float32
	lengthQ, lengthK []float64
	rows             *rows
	miss             []float64 // 1 - P(positive) of anchor lo + i
}

func newContrast(mem *scratch, op string, q, k []float32, n, d int, opt InfoNCEOptions) (*contrast, error) {
	if err := checkTemperature(op, opt.Temperature); err != nil {
		return nil, err
	}
	lo, hi, err := checkSlice(op, opt.Lo, opt.Hi, n)
	if err != nil {
		return nil, err
	}
	x := &contrast{
		mem: mem, q: q, k: k, n: n, d: d, lo: lo, hi: hi, temperature: opt.Temperature,
		unitQ: mem.floats(n * d), unitK: mem.floats(n * d),
		lengthQ: mem.doubles(n), lengthK: mem.doubles(n), miss: mem.doubles(hi - lo),
	}
	if err := Normalize(op, "q", q, n, d, x.unitQ, x.lengthQ); err != nil {
		return nil, err
	}
	return x, Normalize(op, "k", k, n, d, x.unitK, x.lengthK)
}

func (x *contrast) row(m []float32, i int) []float32 { return m[i*x.d : (i+1)*x.d] }

// evaluate is the log-sum-exp pass and the value: sums over the slice, over n.
func (x *contrast) evaluate() (value, accuracy float64, err error) {
	if err := x.rows.sumRows(); err != nil {
		return 0, 0, err
	}
	right := 0
	for i := range x.miss {
		a := x.lo + i
		s := cosine(x.row(x.q, a), x.row(x.k, a), x.lengthQ[a], x.lengthK[a]) / x.temperature
		if x.rows.state.guessed(i, s, x.temperature) {
			right++
		}
		loss, miss := x.rows.state.finish(i, s)
		value += loss
		x.miss[i] = miss
	}
	return value / float64(x.n), float64(right) / float64(len(x.miss)), nil
}

// gradients fills gq and gk unless nil. inBatch: the candidates are the keys, and
// their gradients as negatives go into gk.
func (x *contrast) gradients(gq, gk []float32, inBatch bool) error {
	if gq == nil && gk == nil {
		return nil
	}
	n, d := x.n, x.d
	var accQ, accK []float32
	if gq != nil {
		accQ = x.mem.floats((x.hi - x.lo) * d)
	}
	if gk != nil && inBatch {
		accK = x.mem.floats(n * d)
	}
	if err := x.rows.accumulate(accQ, accK); err != nil {
		return err
	}
	scale := 1 / (float64(n) * x.temperature)
	return par.For(n, pieceRows(d), func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			pull := 0.0 // of the positive; 0 outside the slice
			var own []float32
			if i >= x.lo && i < x.hi {
				pull = x.miss[i-x.lo]
				if gq != nil {
					own = x.row(accQ, i-x.lo)
				}
			}
			if gq != nil {
				through(x.row(x.q, i), x.lengthQ[i], own, pull/x.lengthK[i], x.row(x.k, i), scale, x.row(gq, i))
			}
			if gk != nil {
				var others []float32
				if inBatch {
					others = x.row(accK, i)
				}
				through(x.row(x.k, i), x.lengthK[i], others, pull/x.lengthQ[i], x.row(x.q, i), scale, x.row(gk, i))
			}
		}
		return nil
	})
}

// InfoNCELogits shows InfoNCE as a classification: logits (n, n) are s_ij and
// labels[i] = i. Their mean softmax cross-entropy is InfoNCE. Lo and Hi mean
// nothing here. It stores the matrix: for small n.
func InfoNCELogits(q, k []float32, n, d int, opt InfoNCEOptions, logits []float32, labels []int64) error {
	const op = "info_nce_logits"
	if err := checkPairs(op, "q", "k", q, k, n, d, 1); err != nil {
		return err
	}
	opt.Lo, opt.Hi = 0, 0
	mem := borrow()
	defer mem.giveBack()
	x, err := newContrast(mem, op, q, k, n, d, opt)
	if err != nil {
		return err
	}
	if err := checkLogits(op, logits, labels, n, n, array{"q", q}, array{"k", k}); err != nil {
		return err
	}
	for i := range labels {
		labels[i] = int64(i)
	}
	return fillLogits(x.unitQ, x.unitK, n, n, d, opt.Temperature, logits, n, 0, nil)
}

// checkLogits says whether logits is (n, m) with memory of its own and labels (n).
func checkLogits(op string, logits []float32, labels []int64, n, m int, inputs ...array) error {
	if len(logits) != n*m {
		return core.Errorf(core.EShape, op, "logits", "want shape (%d, %d), got %d values", n, m, len(logits))
	}
	if len(labels) != n {
		return core.Errorf(core.EShape, op, "labels", "want shape (%d), got %d values", n, len(labels))
	}
	return checkOutputs(op, []array{{"logits", logits}}, inputs, n, m)
}
