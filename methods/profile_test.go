package methods

import (
	"math"
	"testing"
)

// A profile counts what a step runs, in all methods, and leaves the run as it was.
func TestProfile(t *testing.T) {
	// Forward and backward runs of the online network, and the target's, in a step:
	// of a batch of 16 in the given parts.
	want := map[string][3]float64{
		"simclr": {1, 1, 0}, "simclr in slices": {3, 2, 0}, // one of two slices goes twice
		"barlow_twins": {1, 1, 0}, "barlow_twins in slices": {3, 2, 0},
		"moco v1": {1, 1, 1}, "moco v2": {1, 1, 1},
		"moco v3": {1, 1, 2}, "moco v3 in slices": {3, 2, 4},
		"byol": {1, 1, 2}, "byol in slices": {2, 2, 4},
	}
	for _, name := range names() {
		trainer, other := trainerOf(t, specOf(t, name, "")), trainerOf(t, specOf(t, name, ""))
		for i := range 2 {
			step(t, trainer, i)
			step(t, other, i)
		}
		p, err := trainer.Profile()
		check(t, err)
		if p.Steps != 2 || p.Kernels != "portable" || p.PeakFlops <= 0 || p.ArenaBytes <= 0 || p.ParameterBytes <= 0 || p.Allocations <= 0 {
			t.Errorf("%s: got %+v", name, p)
		}
		var got [3]float64
		var flops, seconds float64
		for _, c := range p.Calls {
			kind := 0
			if c.Pass == "backward" {
				kind = 1
			}
			if c.Network == "target" {
				kind = 2
			}
			got[kind] = c.Runs
			flops += c.Flops
			seconds += c.Seconds
		}
		if got != want[name] || flops <= 0 || seconds <= 0 {
			t.Errorf("%s: want runs %v, got %v; flops %g, seconds %g", name, want[name], got, flops, seconds)
		}
		for _, part := range []float64{p.Step.Networks, p.Step.Loss, p.Step.Statistics, p.Step.Update} {
			if !(part > 0) {
				t.Errorf("%s: parts of a step: %+v", name, p.Step)
			}
		}
		if p, err = trainer.Profile(); err != nil || p.Steps != 0 || p.Step.Networks != 0 {
			t.Errorf("%s: steps are counted twice: %+v, %v", name, p.Step, err)
		}
		if a, b := step(t, trainer, 2), step(t, other, 2); a != b {
			t.Errorf("%s: the profile changed the run: %+v, %+v", name, a, b)
		}
	}
}

// The convolutions of a step, counted by hand: 32 pictures of 8x8 through the small
// encoder with 4, 8, 16, 32 channels.
func TestProfileCountsWork(t *testing.T) {
	trainer := trainerOf(t, specOf(t, "simclr", ""))
	step(t, trainer, 0)
	p, err := trainer.Profile()
	check(t, err)
	var got, want float64
	for _, c := range p.Calls {
		if c.Name == "conv_forward" {
			got += c.Flops
		}
	}
	for _, c := range [][3]float64{{3, 4, 64}, {4, 8, 16}, {8, 16, 4}, {16, 32, 1}} {
		want += 2 * 32 * 9 * c[0] * c[1] * c[2]
	}
	if math.Abs(got-want) > 1e-9*want {
		t.Errorf("want %g, got %g", want, got)
	}
}
