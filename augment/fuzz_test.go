package augment

import (
	"bytes"
	"testing"
)

// Whatever the document, there is a pipeline or an error; a pipeline's own
// document makes it again, and its draws can be explained.
func FuzzFromSpec(f *testing.F) {
	f.Add([]byte(every()))
	for _, name := range presets {
		f.Add([]byte(`{"preset": "` + name + `", "size": 9}`))
	}
	f.Add([]byte(`{"size": 8, "views": [{"operations": []}, {"operations": [{"op": "Cutout", "fill": [1, 2, 3]}]}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		p, err := FromSpec(document)
		if err != nil {
			return
		}
		q, err := FromSpec(p.Spec())
		if err != nil || !bytes.Equal(q.Spec(), p.Spec()) {
			t.Fatalf("%s becomes %s: %v", document, p.Spec(), err)
		}
		for number := range p.Distinct() {
			if _, err := p.Explain(p.Size(), p.Size()+1, 3, 0, 0, 0, number); err != nil {
				break
			}
		}
	})
}
