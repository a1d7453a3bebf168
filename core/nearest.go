package core

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Nearest is the known name that is most like name, by the number of letters to
// insert, delete, change or swap, or "" when none is near.
func Nearest(name string, known []string) string {
	best, bestDistance := "", max(2, len(name)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// Unknown is the error for a name that is none of known: it names the nearest.
func Unknown(op, argument, name string, known []string) *Error {
	hint := ""
	if near := Nearest(name, known); near != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return Invalid(op, argument, "want one of %s, got %q%s", strings.Join(known, ", "), name, hint)
}

// distance is the Damerau-Levenshtein distance (adjacent swaps count as one).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}

// DecodeStrict decodes one JSON object into the struct that into points at.
// Fields that the object lacks keep their values, so defaults are set before. An
// unknown field is an error that names the nearest known one; so are a value of
// the wrong type and anything after the object.
func DecodeStrict(op string, document []byte, into any) error {
	var given map[string]json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(document))
	if err := decoder.Decode(&given); err != nil {
		return &Error{Code: EInval, Op: op, Argument: "spec", Msg: "want a JSON object", Err: err}
	}
	if decoder.More() {
		return Invalid(op, "spec", "want one JSON object, got more after it")
	}
	if given == nil {
		return Invalid(op, "spec", "want a JSON object, got null")
	}
	known := jsonFields(reflect.TypeOf(into).Elem())
	for name := range given {
		if !slices.Contains(known, name) {
			return Unknown(op, name, name, known)
		}
	}
	if err := json.Unmarshal(document, into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return Invalid(op, wrong.Field, "want %s, got %s", jsonType(wrong.Type), wrong.Value)
		}
		return &Error{Code: EInval, Op: op, Argument: "spec", Err: err}
	}
	return nil
}

func jsonFields(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// jsonType names a Go type as a writer of JSON would.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return jsonType(t.Elem()) + " or null"
	case reflect.Slice, reflect.Array:
		return "a list of " + jsonType(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number, 0 or more"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	}
	return "an object"
}
