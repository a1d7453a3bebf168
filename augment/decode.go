package augment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/jumelle/jumelle/core"
)

// parse reads one JSON value and nothing after it; numbers stay text, so that
// nothing is rounded before it is checked.
func parse(document []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, core.Invalid(opPipeline, "spec", "want a JSON document, got nothing")
		}
		return nil, &core.Error{Code: core.EInval, Op: opPipeline, Argument: "spec", Msg: "want a JSON document", Err: err}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, core.Invalid(opPipeline, "spec", "want one JSON document, got more behind it")
	}
	return tree, nil
}

// object wants a JSON object. Its keys come in alphabetical order, so that the
// same mistake always gives the same message.
func object(at string, tree any) (map[string]any, []string, error) {
	m, ok := tree.(map[string]any)
	if !ok {
		return nil, nil, core.Invalid(opPipeline, at, "want an object, got %s", describe(tree))
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return m, keys, nil
}

// join writes the path of a field: "operations[2]" + "scale".
func join(at, field string) string {
	if at == "" || at == "spec" {
		return field
	}
	return at + "." + field
}

// fill sets the fields of the struct that into points to from a JSON object.
// Fields are found by their json tags; skip lists keys that were dealt with.
func fill(at string, tree any, into any, skip ...string) error {
	m, keys, err := object(at, tree)
	if err != nil {
		return err
	}
	fields, names := map[string]reflect.Value{}, slices.Clone(skip)
	v := reflect.ValueOf(into).Elem()
	for i := range v.NumField() {
		if name := fieldName(v.Type().Field(i)); name != "" {
			fields[name] = v.Field(i)
			names = append(names, name)
		}
	}
	for _, k := range keys {
		if slices.Contains(skip, k) {
			continue
		}
		f, ok := fields[k]
		if !ok {
			return core.Invalid(opPipeline, join(at, k), "unknown field%s; known: %s", didYouMean(k, names), strings.Join(names, ", "))
		}
		if err := set(join(at, k), m[k], f); err != nil {
			return err
		}
	}
	return nil
}

func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// set stores one JSON value in a field: number, whole number, word, true or
// false, pair, list of numbers, list of operations.
func set(at string, tree any, f reflect.Value) error {
	switch f.Interface().(type) {
	case []Operation:
		ops, err := decodeOperations(at, tree)
		if err != nil {
			return err
		}
		f.Set(reflect.ValueOf(ops))
		return nil
	}
	switch f.Kind() {
	case reflect.Pointer:
		if tree == nil {
			f.SetZero()
			return nil
		}
		p := reflect.New(f.Type().Elem())
		f.Set(p)
		return set(at, tree, p.Elem())
	case reflect.Float64:
		x, err := number(at, tree)
		f.SetFloat(x)
		return err
	case reflect.Int:
		x, err := number(at, tree)
		if err != nil {
			return err
		}
		if x != math.Trunc(x) || math.Abs(x) > 1<<31 {
			return core.Invalid(opPipeline, at, "want a whole number, got %v", x)
		}
		f.SetInt(int64(x))
		return nil
	case reflect.Bool:
		b, ok := tree.(bool)
		if !ok {
			return core.Invalid(opPipeline, at, "want true or false, got %s", describe(tree))
		}
		f.SetBool(b)
		return nil
	case reflect.String:
		s, ok := tree.(string)
		if !ok {
			return core.Invalid(opPipeline, at, "want a word in quotes, got %s", describe(tree))
		}
		f.SetString(s)
		return nil
	case reflect.Array, reflect.Slice:
		list, ok := tree.([]any)
		if f.Kind() == reflect.Array && (!ok || len(list) != f.Len()) {
			return core.Invalid(opPipeline, at, "want a list of %d numbers, got %s", f.Len(), describe(tree))
		}
		if !ok {
			return core.Invalid(opPipeline, at, "want a list of numbers, got %s", describe(tree))
		}
		if f.Kind() == reflect.Slice {
			f.Set(reflect.MakeSlice(f.Type(), len(list), len(list)))
		}
		for i, x := range list {
			if err := set(fmt.Sprintf("%s[%d]", at, i), x, f.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	panic("augment: field of an unforeseen type at " + at)
}

func number(at string, tree any) (float64, error) {
	n, ok := tree.(json.Number)
	if !ok {
		return 0, core.Invalid(opPipeline, at, "want a number, got %s", describe(tree))
	}
	x, err := n.Float64()
	if err != nil {
		return 0, core.Invalid(opPipeline, at, "want a number that fits a float64, got %s", n)
	}
	return x, nil
}

// decodeOperations reads a list of {"op": name, fields...}.
func decodeOperations(at string, tree any) ([]Operation, error) {
	list, ok := tree.([]any)
	if !ok {
		return nil, core.Invalid(opPipeline, at, "want a list of operations, got %s", describe(tree))
	}
	ops := make([]Operation, len(list))
	for i, item := range list {
		here := fmt.Sprintf("%s[%d]", at, i)
		m, _, err := object(here, item)
		if err != nil {
			return nil, err
		}
		name, ok := m["op"].(string)
		if !ok {
			return nil, core.Invalid(opPipeline, here+".op", "want the name of an operation, got %s", describe(m["op"]))
		}
		if ops[i], err = Default(name); err != nil {
			var e *core.Error
			errors.As(err, &e)
			return nil, core.Invalid(opPipeline, here+".op", "%s", e.Msg)
		}
		if err := fill(here, item, ops[i], "op"); err != nil {
			return nil, err
		}
	}
	return ops, nil
}

func describe(tree any) string {
	switch t := tree.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("%q", t)
	case []any:
		return fmt.Sprintf("a list of %d", len(t))
	case map[string]any:
		return "an object"
	}
	return fmt.Sprint(tree)
}
