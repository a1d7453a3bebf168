package loss

import "math"

// negatives is the state of a log-sum-exp over the logits of each row that are
// not its positive: the largest so far, in base 2, and Σ 2^(logit - largest).
// The positive is kept apart: its logit is a dot product in float64, and a loss
// close to 0 keeps its digits, because no 1 is subtracted anywhere.
type negatives struct {
	top []float32
	sum []float64
}

func newNegatives(mem *scratch, n int) negatives {
	s := negatives{top: mem.floats(padded(n)), sum: mem.doubles(n)}
	for i := range s.top {
		s.top[i] = -math.MaxFloat32
	}
	return s
}

// raise moves the maxima of rows lo..hi-1 to top and scales their sums to them.
func (s negatives) raise(lo, hi int, top []float32) {
	for i := lo; i < hi; i++ {
		if t := top[i-lo]; t > s.top[i] {
			if s.sum[i] > 0 {
				s.sum[i] *= math.Exp2(float64(s.top[i]) - float64(t))
			}
			s.top[i] = t
		}
	}
}

func (s negatives) add(lo, hi int, sum []float32) {
	for i := lo; i < hi; i++ {
		s.sum[i] += float64(sum[i-lo])
	}
}

// finish returns, for row i and its positive logit, the loss of the row
// -ln P(positive) = ln(1 + Σ e^negative / e^positive), and 1 - P(positive). It
// replaces top[i] by the row's log-sum-exp over all candidates, in base 2.
func (s negatives) finish(i int, positive float64) (loss, miss float64) {
	x := float64(s.top[i])*math.Ln2 + math.Log(s.sum[i]) - positive
	loss, miss = softplus(x)
	s.top[i] = float32((positive + loss) * math.Log2E)
	return loss, miss
}

// guessed says whether row i chooses its positive: the logit must exceed every
// other by more than the rounding of float32, so that a collapsed encoder, for
// which all candidates are alike, scores 0 and not chance. Call before finish.
func (s negatives) guessed(i int, positive, temperature float64) bool {
	return positive-float64(s.top[i])*math.Ln2 > 1e-6/temperature
}
