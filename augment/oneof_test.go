package augment

import (
	"strings"
	"testing"
)

func TestOneOfDraws(t *testing.T) {
	v, _, _ := drawn(t, `{"op": "OneOf", "operations": [{"op": "Sobel"}, {"op": "Equalize"}, {"op": "Posterize"}]}`, 8, 8, 20_000)
	choice := make([]int, 3)
	for _, x := range v["choice"] {
		choice[int(x)]++
	}
	chiSquare(t, "one of", choice, even(3))
}

func TestOneOfWantsOneSize(t *testing.T) {
	for document, want := range map[string]string{
		`{"op": "OneOf", "operations": [{"op": "RandomResizedCrop"}, {"op": "Resize", "keep_aspect": false}]}`: "",
		`{"op": "OneOf", "operations": [{"op": "RandomResizedCrop"}, {"op": "Sobel"}]}`:                        "operations[0].operations[1]: want the same size whatever is chosen",
		`{"op": "OneOf", "p": 0.5, "operations": [{"op": "RandomResizedCrop"}]}`:                               "want the same size whatever is chosen",
	} {
		p := mustFrom(t, `{"size": 8, "operations": [`+document+`]}`)
		err := p.Apply(noise(5, 12, 10, 3), Options{}, make([]byte, 5*8*8*3))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", document, err, want)
		}
	}
}
