package train

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/jumelle/jumelle/methods"
)

// What views a method gets where its spec has none: those of its paper, and less of
// them for little data.
func TestViewsOfMethods(t *testing.T) {
	for _, c := range []struct {
		spec       string
		has, lacks []string
		views      int // pipelines: 2 for an asymmetric pair
	}{
		{`"method": "simclr"`, []string{`"brightness": 0.4`, `"scale": [0.2,1]`}, []string{"GaussianBlur"}, 1},
		{`"method": "simclr", "preset": "paper"`, []string{`"brightness": 0.8`, `"scale": [0.08,1]`, "GaussianBlur"}, nil, 1},
		{`"method": "moco", "version": 1`, []string{`"scale": [0.2,1]`, `"hue": 0.4`}, []string{"GaussianBlur"}, 1},
		{`"method": "moco", "preset": "paper", "version": 1`, []string{`"hue": 0.4`}, []string{"GaussianBlur"}, 1},
		{`"method": "moco"`, []string{`"scale": [0.2,1]`, `"hue": 0.1`}, []string{"GaussianBlur"}, 1},
		{`"method": "moco", "preset": "paper"`, []string{`"hue": 0.1`, "GaussianBlur"}, nil, 1},
		{`"method": "moco", "version": 3`, []string{`"scale": [0.2,1]`, "Solarize"}, []string{"GaussianBlur", `[0.08,1]`}, 2},
		{`"method": "byol"`, []string{`"scale": [0.2,1]`, "Solarize", `"saturation": 0.2`}, []string{"GaussianBlur"}, 2},
		{`"method": "byol", "preset": "paper"`, []string{`"scale": [0.08,1]`, "Solarize", "GaussianBlur"}, nil, 2},
		{`"method": "barlow_twins"`, []string{`"scale": [0.2,1]`, "Solarize"}, []string{"GaussianBlur"}, 2},
	} {
		spec, err := methods.ParseSpec("test", []byte(`{`+c.spec+`, "queue": null}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := viewsOf("test", &spec); err != nil {
			t.Fatal(err)
		}
		text := string(spec.Augment)
		for _, has := range c.has {
			if !strings.Contains(text, has) {
				t.Errorf("%s: want %s in %s", c.spec, has, text)
			}
		}
		for _, lacks := range c.lacks {
			if strings.Contains(text, lacks) {
				t.Errorf("%s: want no %s in %s", c.spec, lacks, text)
			}
		}
		var document struct{ Views []json.RawMessage }
		if err := json.Unmarshal(spec.Augment, &document); err != nil || max(1, len(document.Views)) != c.views {
			t.Errorf("%s: want %d pipelines, got %s", c.spec, c.views, text)
		}
		// The whole document gives the same views again.
		again := spec
		again.Augment = slices.Clone(spec.Augment)
		if _, err := viewsOf("test", &again); err != nil || string(again.Augment) != text {
			t.Errorf("%s: %s became %s, %v", c.spec, text, again.Augment, err)
		}
	}
}
