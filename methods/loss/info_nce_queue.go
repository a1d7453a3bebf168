package loss

import (
	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// DefaultInfoNCEQueue has temperature 0.07 (MoCo v1).
func DefaultInfoNCEQueue() InfoNCEOptions { return InfoNCEOptions{Temperature: 0.07} }

// InfoNCEQueue is the loss of MoCo v1 and v2 (He et al. 2020): q and k are (n, d),
// k_i is the positive of q_i and the rows of queue (m, d) are the negatives of all
// anchors; other keys of the batch are not. With s = cosine/temperature
//
//	L = 1/n Σ_i [ ln( e^{s(q_i,k_i)} + Σ_j e^{s(q_i,queue_j)} ) - s(q_i,k_i) ]
//
// lightly's NTXentLoss with a memory bank and solo-learn's mocov2plus_loss_func are
// the same number. All rows are normalised here, also the queue's, which MoCo stores
// normalised.
// Keys and queue are constants: gq (n, d), or nil, is the only gradient. Equal
// similarities give ln(m + 1). Memory: O((n + m)·d).
func InfoNCEQueue(q, k, queue []float32, n, m, d int, opt InfoNCEOptions, gq []float32) (float64, error) {
	value, _, err := InfoNCEQueueAccuracy(q, k, queue, n, m, d, opt, gq)
	return value, err
}

// InfoNCEQueueAccuracy is InfoNCEQueue and also returns the fraction of the
// anchors that are more similar to their key than to all of the queue.
func InfoNCEQueueAccuracy(q, k, queue []float32, n, m, d int, opt InfoNCEOptions, gq []float32) (value, accuracy float64, err error) {
	return separate("info_nce_queue", "queue", q, k, queue, n, m, d, opt, gq, nil, nil)
}

// InfoNCENegatives is InfoNCEQueue with keys and negatives (m, d) that learn: gk
// (n, d) and gNegatives (m, d) become their gradients too; nil skips each. Its
// usual temperature is DefaultInfoNCE's.
func InfoNCENegatives(q, k, negatives []float32, n, m, d int, opt InfoNCEOptions, gq, gk, gNegatives []float32) (float64, error) {
	value, _, err := InfoNCENegativesAccuracy(q, k, negatives, n, m, d, opt, gq, gk, gNegatives)
	return value, err
}

// InfoNCENegativesAccuracy is InfoNCENegatives and also returns the fraction of the
// anchors that are more similar to their key than to all of the negatives.
func InfoNCENegativesAccuracy(q, k, negatives []float32, n, m, d int, opt InfoNCEOptions, gq, gk, gNegatives []float32) (value, accuracy float64, err error) {
	return separate("info_nce_negatives", "negatives", q, k, negatives, n, m, d, opt, gq, gk, gNegatives)
}

func separate(op, name string, q, k, negatives []float32, n, m, d int, opt InfoNCEOptions, gq, gk, gNegatives []float32) (value, accuracy float64, err error) {
	mem := borrow()
	defer mem.giveBack()
	x, unit, lengths, err := newSeparate(mem, op, name, q, k, negatives, n, m, d, opt)
	if err != nil {
		return 0, 0, err
	}
	inputs := []array{{"q", q}, {"k", k}, {name, negatives}}
	if err := checkOutputs(op, []array{{"gq", gq}, {"gk", gk}}, inputs, n, d); err != nil {
		return 0, 0, err
	}
	if err := checkOutputs(op, []array{{"g_negatives", gNegatives}}, append(inputs, array{"gq", gq}, array{"gk", gk}), m, d); err != nil {
		return 0, 0, err
	}
	x.rows = newRows(mem, x.unitQ[x.lo*d:x.hi*d], unit, x.hi-x.lo, m, d, opt.Temperature)
	if value, accuracy, err = x.evaluate(); err != nil {
		return 0, 0, err
	}
	if err := x.gradients(gq, gk, false); err != nil || gNegatives == nil {
		return value, accuracy, err
	}
	acc := mem.floats(m * d)
	if err := x.rows.accumulate(nil, acc); err != nil {
		return 0, 0, err
	}
	scale := 1 / (float64(n) * opt.Temperature)
	return value, accuracy, par.For(m, pieceRows(d), func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			through(x.row(negatives, i), lengths[i], x.row(acc, i), 0, x.row(acc, i), scale, x.row(gNegatives, i))
		}
		return nil
	})
}

// newSeparate checks and normalises anchors, keys and negatives.
func newSeparate(mem *scratch, op, name string, q, k, negatives []float32, n, m, d int, opt InfoNCEOptions) (x *contrast, unit []float32, lengths []float64, err error) {
	if err := checkPairs(op, "q", "k", q, k, n, d, 1); err != nil {
		return nil, nil, nil, err
	}
	if m < 1 {
		return nil, nil, nil, core.Errorf(core.EShape, op, name, "want at least 1 row, got %d", m)
	}
	if err := checkMatrix(op, name, negatives, m, d); err != nil {
		return nil, nil, nil, err
	}
	if x, err = newContrast(mem, op, q, k, n, d, opt); err != nil {
		return nil, nil, nil, err
	}
	unit, lengths = mem.room(m*d), mem.doubles(m)
	return x, unit, lengths, Normalize(op, name, negatives, m, d, unit, lengths)
}

// InfoNCEQueueLogits shows InfoNCEQueue as a classification: row i of logits
// (n, 1 + m) holds the similarity to its key and to the queue, over the
// temperature, and labels[i] = 0. Lo and Hi mean nothing here.
func InfoNCEQueueLogits(q, k, queue []float32, n, m, d int, opt InfoNCEOptions, logits []float32, labels []int64) error {
	const op = "info_nce_queue_logits"
	opt.Lo, opt.Hi = 0, 0
	mem := borrow()
	defer mem.giveBack()
	x, unit, _, err := newSeparate(mem, op, "queue", q, k, queue, n, m, d, opt)
	if err != nil {
		return err
	}
	if err := checkLogits(op, logits, labels, n, 1+m, array{"q", q}, array{"k", k}, array{"queue", queue}); err != nil {
		return err
	}
	if err := fillLogits(x.unitQ, unit, n, m, d, opt.Temperature, logits, 1+m, 1, nil); err != nil {
		return err
	}
	for i := range labels {
		labels[i] = 0
		logits[i*(1+m)] = float32(cosine(x.row(q, i), x.row(k, i), x.lengthQ[i], x.lengthK[i]) / opt.Temperature)
	}
	return nil
}
