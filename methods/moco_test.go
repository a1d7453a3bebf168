package methods

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/methods/loss"
)

func TestQueueIsFirstInFirstOut(t *testing.T) {
	q, err := newQueue(5, 2, 1)
	check(t, err)
	for i := range 5 {
		if x, y := float64(q.keys[2*i]), float64(q.keys[2*i+1]); math.Abs(x*x+y*y-1) > 1e-6 {
			t.Errorf("key %d at the start has length %g", i, math.Hypot(x, y))
		}
	}
	start := slices.Clone(q.keys)
	key := func(numbers ...float32) (keys []float32) {
		for _, n := range numbers {
			keys = append(keys, n, -n)
		}
		return keys
	}
	q.push(key(1, 2))
	if !slices.Equal(q.keys, append(key(1, 2), start[4:]...)) || q.next[0] != 2 {
		t.Errorf("got %v, next %d", q.keys, q.next[0])
	}
	q.push(key(3, 4))
	q.push(key(5, 6)) // goes round: 6 takes the place of 1, the oldest
	if !slices.Equal(q.keys, key(6, 2, 3, 4, 5)) || q.next[0] != 1 {
		t.Errorf("got %v, next %d", q.keys, q.next[0])
	}
	q.push(key(11, 12, 13, 14, 15))
	if !slices.Equal(q.keys, key(15, 11, 12, 13, 14)) || q.next[0] != 1 {
		t.Errorf("got %v, next %d", q.keys, q.next[0])
	}
}

// The loss of a step is against the queue as it was, without the step's own keys,
// which take the oldest places afterwards. Keys are the target's, before it moves.
func TestOrderOfAStep(t *testing.T) {
	trainer := trainerOf(t, specOf(t, "moco v2", `, "queue": 48, "norm_splits": 1, "momentum": 0.5, "temperature": 0.3`))
	m := trainer.method.(*moco)
	for i := range 4 {
		queue, next := slices.Clone(m.queue.keys), int(m.queue.next[0])
		data, shape := viewsOf(i)
		views, err := trainer.checkViews(data, shape)
		check(t, err)
		keys := make([]float32, batch*8) // in the pictures' own order: one part, so the order does not matter
		check(t, m.target.follow(views.norm, views.each[1], 1, 1, "projection", keys))
		p, err := m.online.forward(views, 1, 0)
		check(t, err)
		want, err := loss.InfoNCEQueue(p.output, keys, queue, batch, 48, 8, loss.InfoNCEOptions{Temperature: 0.3}, nil)
		check(t, err)
		stats := step(t, trainer, i)
		if math.Abs(stats.Loss-want) > 1e-4 {
			t.Errorf("step %d: want the loss %g, got %g", i, want, stats.Loss)
		}
		check(t, loss.Normalize("test", "keys", keys, batch, 8, keys, make([]float64, batch)))
		if next != 16*i%48 {
			t.Errorf("step %d: the queue is at %d", i, next)
		}
		for j, v := range m.queue.keys {
			old, fresh := queue[j], j >= next*8 && j < (next+batch)*8
			if fresh {
				old = keys[j-next*8]
			}
			if math.Abs(float64(v-old)) > 1e-4 || !fresh && v != old {
				t.Fatalf("step %d: value %d of the queue: want %g, got %g", i, j, old, v)
			}
		}
	}
}

// Keys are normalised in parts of a random order that changes from step to step.
// That they come back to their pictures shows in TestOrderOfAStep.
func TestKeysAreMadeInAnotherOrder(t *testing.T) {
	trainer := trainerOf(t, specOf(t, "moco v2", `, "norm_splits": 4`))
	m := trainer.method.(*moco)
	gradients(t, trainer, 0)
	first := slices.Clone(m.keys)
	gradients(t, trainer, 0)
	if !slices.Equal(first, m.keys) {
		t.Error("the same step gives other keys")
	}
	trainer.history = append(trainer.history, Stats{})
	gradients(t, trainer, 0)
	if slices.Equal(first, m.keys) {
		t.Error("another step has the same parts")
	}
	if m.online.pass.parts != 4 || m.target.key.output.BatchParts != 4 {
		t.Errorf("want 4 parts, got %d and %d", m.online.pass.parts, m.target.key.output.BatchParts)
	}
}

// Loss and gradients of a step are the means of those of its parts, each with the
// statistics of its own pictures.
func TestQueriesAreNormalisedInParts(t *testing.T) {
	trainer := trainerOf(t, specOf(t, "moco v2", `, "norm_splits": 4`))
	m := trainer.method.(*moco)
	r := gradients(t, trainer, 0)
	got := slices.Clone(m.online.Params.Grads)
	data, shape := viewsOf(0)
	views, err := trainer.checkViews(data, shape)
	check(t, err)
	k := keep(t, m.online, views.norm, 4, views.each[0])
	n, d := batch/4, m.online.dim()
	want, grad, sum := 0.0, make([]float32, batch*d), make([]float64, len(got))
	for i := range 4 {
		rows := func(x []float32) []float32 { return x[i*n*d : (i+1)*n*d] }
		value, err := loss.InfoNCEQueue(rows(k.output), rows(m.keys), m.queue.keys, n, m.queue.size, d, loss.InfoNCEOptions{Temperature: m.temperature}, rows(grad))
		check(t, err)
		want += value / 4
	}
	share(grad, 4)
	k.addGrads(t, m.online, grad, sum)
	if math.Abs(r.Loss-want) > 1e-6*want {
		t.Errorf("want the loss %g, got %g", want, r.Loss)
	}
	var wrong, norm float64
	for i, g := range got {
		wrong += (float64(g) - sum[i]) * (float64(g) - sum[i])
		norm += sum[i] * sum[i]
	}
	if norm == 0 || wrong > 1e-10*norm {
		t.Errorf("gradients are off by %g of their length", math.Sqrt(wrong/norm))
	}
}

// Where all keys are as similar to a query as its own, the loss is ln(K + 1).
func TestEqualSimilarities(t *testing.T) {
	trainer := trainerOf(t, specOf(t, "moco v1", ""))
	m := trainer.method.(*moco)
	for _, n := range []*Network{m.online, m.target.Network} {
		for _, p := range n.Params.List {
			if strings.HasPrefix(p.Name, "projection") {
				for i := range p.Len() {
					n.Params.Values[p.Offset+i] = float32(len(p.Shape) % 2) // weights 0, biases 1
				}
			}
		}
	}
	for i := range m.queue.keys {
		m.queue.keys[i] = float32(1 / math.Sqrt(8))
	}
	r := gradients(t, trainer, 0)
	if want := math.Log(65); math.Abs(r.Loss-want) > 1e-5 || r.Uninformed != want {
		t.Errorf("want ln 65 = %g, got %g and %g", want, r.Loss, r.Uninformed)
	}
}

func TestPartsOfABatch(t *testing.T) {
	for _, c := range [][3]int{{256, 8, 8}, {100, 8, 5}, {7, 8, 1}, {2, 8, 1}, {4, 8, 2}, {9, 4, 3}, {64, 1, 1}} {
		if got := partsOf(c[0], c[1]); got != c[2] {
			t.Errorf("%d pictures in at most %d parts: want %d, got %d", c[0], c[1], c[2], got)
		}
	}
}

func TestBatchesThatDoNotFitTheQueue(t *testing.T) {
	spec := specOf(t, "moco v2", "")
	spec.Pictures, spec.Queue = 0, new(8)
	trainer := trainerOf(t, spec)
	data, shape := viewsOf(0)
	_, err := trainer.StepViews(data, shape)
	var e *core.Error
	if !errors.As(err, &e) || e.Code != core.EShape || !strings.Contains(err.Error(), "at most as many pictures as the queue has keys, 8, got 16") {
		t.Errorf("got %v", err)
	}
	// One that is no whole part of the queue does, and wraps.
	spec.Queue = new(24)
	trainer = trainerOf(t, spec)
	for i := range 3 {
		step(t, trainer, i)
	}
	if m := trainer.method.(*moco); m.queue.next[0] != 0 {
		t.Errorf("after 48 keys a queue of 24 is at %d", m.queue.next[0])
	}
}

func TestADamagedPointerIsRefused(t *testing.T) {
	for _, bad := range []int64{-1, 64} {
		trainer := trainerOf(t, specOf(t, "moco v2", ""))
		trainer.method.(*moco).queue.next[0] = bad
		path := t.TempDir() + "/run.npz"
		check(t, trainer.Save(path))
		run, err := ReadRun(path)
		check(t, err)
		if _, err := run.Resume(backend(t)); err == nil || !strings.Contains(err.Error(), "load: queue_next: want 0 to 63") {
			t.Errorf("%d: got %v", bad, err)
		}
	}
}
