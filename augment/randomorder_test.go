package augment

import (
	"strings"
	"testing"
)

func TestRandomOrderDraws(t *testing.T) {
	_, _, order := drawn(t, `{"op": "RandomOrder", "operations": [{"op": "Sobel"}, {"op": "Equalize"}, {"op": "Posterize"}]}`, 8, 8, 20_000)
	counts := []int{}
	for _, c := range order {
		counts = append(counts, c)
	}
	if len(counts) != 6 {
		t.Fatalf("%d orders of 6", len(counts))
	}
	chiSquare(t, "random order", counts, even(6))
}

func TestRandomOrderAndSizes(t *testing.T) {
	for operations, want := range map[string]string{
		`{"op": "RandomResizedCrop"}, {"op": "ColorJitter"}`:     "",
		`{"op": "RandomResizedCrop"}, {"op": "CenterCrop"}`:      "",
		`{"op": "RandomResizedCrop", "size": 9}`:                 "give 9 x 9",
		`{"op": "RandomResizedCrop"}, {"op": "Resize"}`:          "operations[0].operations[0]: want operations that lead to the same size in any order",
		`{"op": "RandomCrop", "padding": 3}, {"op": "Equalize"}`: "",
	} {
		p := mustFrom(t, `{"size": 8, "operations": [{"op": "RandomOrder", "operations": [`+operations+`]}]}`)
		err := p.Apply(noise(5, 12, 10, 3), Options{}, make([]byte, 5*8*8*3))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", operations, err, want)
		}
	}
	p := mustFrom(t, `{"size": 8, "operations": [{"op": "RandomOrder", "p": 0.5, "operations": [{"op": "RandomResizedCrop"}]}]}`)
	if err := p.Apply(noise(5, 12, 10, 3), Options{}, make([]byte, 5*8*8*3)); err == nil || !strings.Contains(err.Error(), "operations[0].p: want 1") {
		t.Errorf("got %v", err)
	}
}

// Each level of nesting keeps its own order while the inner ones draw theirs.
func TestRandomOrderInsideRandomOrder(t *testing.T) {
	inner := `{"op": "RandomOrder", "operations": [{"op": "Sobel"}, {"op": "Equalize"}]}`
	p := mustFrom(t, `{"size": 8, "operations": [{"op": "RandomOrder", "operations": [`+inner+`, {"op": "Posterize"}, `+inner+`]}]}`)
	orders := map[string]bool{}
	for i := range 400 {
		all, err := p.Explain(8, 8, 3, 0, 0, int64(i), 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 8 {
			t.Fatalf("%d operations ran, want 8", len(all))
		}
		order, seen := "", map[string]bool{}
		for _, d := range all {
			if seen[d.At] {
				t.Fatalf("%s ran twice", d.At)
			}
			seen[d.At] = true
			order += d.At
		}
		orders[order] = true
	}
	if len(orders) != 6*2*2 {
		t.Errorf("%d orders of 24", len(orders))
	}
}
