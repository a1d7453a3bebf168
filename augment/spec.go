package augment

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/jumelle/jumelle/core"
)

// Spec describes a pipeline; as JSON it is the document that Python, C and
// checkpoints carry. Either Operations is set (the same for every view) or
// Views, of which view v uses entry v mod len(Views).
//
//	{"size": 32, "operations": [{"op": "RandomResizedCrop", "scale": [0.08, 1]}, ...]}
//	{"size": 32, "views": [{"operations": [...]}, {"operations": [...]}]}
//	{"preset": "simclr", "size": 32, "strength": 0.5, "blur": false}
//
// The third form is short for what Preset returns.
type Spec struct {
	Size       int         // height and width of every view, in pixels
	Operations []Operation // all views
	Views      []ViewSpec  // or: each view its own
}

// ViewSpec is the operations of one view of an asymmetric pair.
type ViewSpec struct {
	Operations []Operation
}

// ParseSpec reads a document. Fields that are left out take their defaults;
// unknown ones are refused with the nearest known name.
func ParseSpec(document []byte) (Spec, error) {
	tree, err := parse(document)
	if err != nil {
		return Spec{}, err
	}
	m, _, err := object("spec", tree)
	if err != nil {
		return Spec{}, err
	}
	if _, ok := m["preset"]; ok {
		var short struct {
			Preset   string   `json:"preset"`
			Size     int      `json:"size"`
			Strength *float64 `json:"strength"`
			Blur     *bool    `json:"blur"`
		}
		if err := fill("spec", tree, &short); err != nil {
			return Spec{}, err
		}
		return Preset(short.Preset, PresetOptions{Size: short.Size, Strength: short.Strength, Blur: short.Blur})
	}
	var s Spec
	var head struct {
		Size int `json:"size"`
	}
	if err := fill("spec", tree, &head, "operations", "views", "preset"); err != nil {
		return Spec{}, err
	}
	s.Size = head.Size
	if ops, ok := m["operations"]; ok {
		if s.Operations, err = decodeOperations("operations", ops); err != nil {
			return Spec{}, err
		}
	}
	if views, ok := m["views"]; ok {
		list, ok := views.([]any)
		if !ok {
			return Spec{}, core.Invalid(opPipeline, "views", "want a list of objects with operations, got %s", describe(views))
		}
		s.Views = []ViewSpec{}
		for i, item := range list {
			var one struct {
				Operations []Operation `json:"operations"`
			}
			if err := fill(index("views", i), item, &one); err != nil {
				return Spec{}, err
			}
			s.Views = append(s.Views, ViewSpec(one))
		}
	}
	return s, nil
}

// MarshalJSON writes the document with every field of every operation, in the
// order in which the structs declare them.
func (s Spec) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`{"size": `)
	if err := writeJSON(&b, s.Size); err != nil {
		return nil, err
	}
	if s.Views == nil {
		b.WriteString(`, "operations": `)
		if err := writeOperations(&b, s.Operations); err != nil {
			return nil, err
		}
	} else {
		b.WriteString(`, "views": [`)
		for i, v := range s.Views {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(`{"operations": `)
			if err := writeOperations(&b, v.Operations); err != nil {
				return nil, err
			}
			b.WriteString("}")
		}
		b.WriteString("]")
	}
	b.WriteString("}")
	return b.Bytes(), nil
}

func writeOperations(b *bytes.Buffer, ops []Operation) error {
	b.WriteString("[")
	for i, op := range ops {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(`{"op": `)
		if err := writeJSON(b, op.name()); err != nil {
			return err
		}
		v := reflect.ValueOf(op).Elem()
		for j := range v.NumField() {
			name := fieldName(v.Type().Field(j))
			if name == "" {
				continue
			}
			b.WriteString(`, "` + name + `": `)
			var err error
			if nested, ok := v.Field(j).Interface().([]Operation); ok {
				err = writeOperations(b, nested)
			} else {
				err = writeJSON(b, v.Field(j).Interface())
			}
			if err != nil {
				return err
			}
		}
		b.WriteString("}")
	}
	b.WriteString("]")
	return nil
}

func writeJSON(b *bytes.Buffer, x any) error {
	text, err := json.Marshal(x)
	b.Write(text)
	return err
}
