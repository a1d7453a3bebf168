package augment

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/core"
)

func mustFrom(t testing.TB, document string) *Pipeline {
	t.Helper()
	p, err := FromSpec([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// each is every operation as it stands in a document, those that hold others with
// some in them.
func each() []string {
	all := []string{}
	for _, kind := range kinds {
		name := kind().name()
		switch name {
		case "ColorJitter":
			all = append(all, `{"op": "ColorJitter", "brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}`)
		case "GaussianNoise":
			all = append(all, `{"op": "GaussianNoise", "sigma": [5, 9]}`)
		case "RandomOrder", "OneOf":
			all = append(all, `{"op": "`+name+`", "operations": [{"op": "HorizontalFlip"}, {"op": "OneOf", "operations": [{"op": "Solarize"}]}]}`)
		default:
			all = append(all, `{"op": "`+name+`"}`)
		}
	}
	return all
}

// every is a document with all operations.
func every() string {
	return `{"size": 16, "operations": [` + strings.Join(each(), ", ") + `]}`
}

func TestSpecOfASpecIsTheSame(t *testing.T) {
	documents := []string{every()}
	for _, name := range presets {
		documents = append(documents, `{"preset": "`+name+`", "size": 20}`)
	}
	for _, document := range documents {
		p := mustFrom(t, document)
		q := mustFrom(t, string(p.Spec()))
		if !bytes.Equal(p.Spec(), q.Spec()) {
			t.Errorf("%s becomes %s", p.Spec(), q.Spec())
		}
	}
}

func TestSpecIsComplete(t *testing.T) {
	got := string(mustFrom(t, `{"size": 32, "operations": [{"op": "RandomResizedCrop"}, {"op": "ColorJitter", "hue": 0.1}]}`).Spec())
	want := `{"size": 32, "operations": [` +
		`{"op": "RandomResizedCrop", "size": 32, "scale": [0.08,1], "ratio": [0.75,1.3333333333333333], "interpolation": "bicubic"}, ` +
		`{"op": "ColorJitter", "brightness": 0, "contrast": 0, "saturation": 0, "hue": 0.1, "p": 1}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMistakesInASpecNameTheField(t *testing.T) {
	op := func(s string) string { return `{"size": 8, "operations": [{"op": "HorizontalFlip"}, {` + s + `}]}` }
	for document, want := range map[string]string{
		``:                          "pipeline: spec: want a JSON document, got nothing",
		`[]`:                        "pipeline: spec: want an object, got a list of 0",
		`{"size": 8} x`:             "pipeline: spec: want one JSON document",
		`{"size": 8`:                "pipeline: spec: want a JSON document: unexpected EOF",
		`{"size": 8}`:               "pipeline: operations: want either operations or views, got none of them",
		`{"operations": []}`:        "pipeline: size: want 1 to 8192 pixels, got 0",
		`{"size": 9000, "views":1}`: "pipeline: views: want a list",
		`{"size": 8.5}`:             "pipeline: size: want a whole number, got 8.5",
		`{"size": 8, "views": []}`:  "pipeline: views: want at least one list",
		`{"size": 8, "views": [], "operations": []}`:                   "pipeline: operations: want either operations or views, got both",
		`{"sizes": 8, "operations": []}`:                               `pipeline: sizes: unknown field (did you mean "size"?)`,
		`{"size": 8, "views": [{"operations": [{"op": "Solarise"}]}]}`: `pipeline: views[0].operations[0].op: want one of the operations, got "Solarise" (did you mean "Solarize"?)`,
		`{"size": 8, "operations": [1]}`:                               "pipeline: operations[0]: want an object, got 1",
		`{"size": 8, "operations": [{}]}`:                              "pipeline: operations[0].op: want the name of an operation, got nothing",
		op(`"op": "horizontalflip"`):                                   `pipeline: operations[1].op: want one of the operations, got "horizontalflip" (did you mean "HorizontalFlip"?)`,
		op(`"op": "RandomResizedCrop", "sclae": [0, 1]`):               `pipeline: operations[1].sclae: unknown field (did you mean "scale"?)`,
		op(`"op": "RandomResizedCrop", "scale": [1, 0.5]`):             "pipeline: operations[1].scale: want two numbers, the smaller first, from 0 to 1, got [1, 0.5]",
		op(`"op": "RandomResizedCrop", "scale": [0, 0]`):               "pipeline: operations[1].scale: want an area above 0",
		op(`"op": "RandomResizedCrop", "scale": 0.5`):                  "pipeline: operations[1].scale: want a list of 2 numbers, got 0.5",
		op(`"op": "RandomResizedCrop", "scale": [0.5, "1"]`):           `pipeline: operations[1].scale[1]: want a number, got "1"`,
		op(`"op": "RandomResizedCrop", "size": -1`):                    "pipeline: operations[1].size: want 1 to 8192 pixels, got -1",
		op(`"op": "RandomResizedCrop", "interpolation": "cubic"`):      `pipeline: operations[1].interpolation: want one of ["bicubic" "bilinear"], got "cubic" (did you mean "bicubic"?)`,
		op(`"op": "HorizontalFlip", "p": 1.5`):                         "pipeline: operations[1].p: want a probability from 0 to 1, got 1.5",
		op(`"op": "HorizontalFlip", "p": NaN`):                         "pipeline: spec: want a JSON document",
		op(`"op": "ColorJitter", "hue": 0.6`):                          "pipeline: operations[1].hue: want a number from 0 to 0.5, got 0.6",
		op(`"op": "ColorJitter", "brightness": 1e999`):                 "pipeline: operations[1].brightness: want a number that fits a float64",
		op(`"op": "GaussianBlur", "sigma": [0, 2]`):                    "pipeline: operations[1].sigma: want deviations above 0",
		op(`"op": "Solarize", "threshold": true`):                      "pipeline: operations[1].threshold: want a number, got true",
		`{"preset": "simclr"}`:                                         "pipeline: size: want 1 to 8192 pixels, got 0",
		`{"preset": "simclear", "size": 8}`:                            `pipeline: preset: want one of`,
		`{"preset": "simclr", "size": 8, "strenght": 1}`:               `pipeline: strenght: unknown field (did you mean "strength"?)`,
		`{"preset": "byol", "size": 8, "strength": 1}`:                 "pipeline: strength: preset byol has no strength",
		`{"preset": "simclr", "size": 8, "strength": -1}`:              "pipeline: strength: want 0 to 2.5, got -1",
	} {
		_, err := FromSpec([]byte(document))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got  %v\n want %s", document, err, want)
			continue
		}
		if e := err.(*core.Error); e.Code != core.EInval {
			t.Errorf("%s: code %d", document, e.Code)
		}
	}
}

// NaN has no place in JSON, but in a struct.
func TestNaNIsNoValue(t *testing.T) {
	nan := math.NaN()
	for want, op := range map[string]Operation{
		"p: want a probability":        &HorizontalFlip{P: nan},
		"brightness: want a number":    &ColorJitter{Brightness: nan, P: 1},
		"hue: want a number":           &ColorJitter{Hue: nan, P: 1},
		"scale: want two numbers":      &RandomResizedCrop{Scale: [2]float64{nan, 1}, Ratio: [2]float64{1, 1}, Interpolation: Bicubic},
		"ratio: want two numbers":      &RandomResizedCrop{Scale: [2]float64{0.1, 1}, Ratio: [2]float64{1, nan}, Interpolation: Bicubic},
		"sigma: want":                  &GaussianBlur{Sigma: [2]float64{nan, nan}, P: 1},
		"degrees: want two numbers":    &Rotate{Degrees: [2]float64{-nan, nan}, P: 1},
		"p: want a probability from 0": &OneOf{Operations: []Operation{&Sobel{P: 1}}, P: nan},
	} {
		_, err := New(Spec{Size: 8, Operations: []Operation{op}})
		if err == nil || !strings.HasPrefix(err.Error(), "pipeline: operations[0]."+want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestAPipelineSharesNothingWithItsSpec(t *testing.T) {
	flip := &HorizontalFlip{P: 0.25}
	p, err := New(Spec{Size: 8, Operations: []Operation{flip}})
	if err != nil {
		t.Fatal(err)
	}
	before := string(p.Spec())
	flip.P = 2
	if string(p.Spec()) != before {
		t.Error("the pipeline changed with the caller's struct")
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"scale", "sclae", 2}, {"Scale", "scale", 0}, {"p", "", 1}, {"blur", "blurs", 1}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
