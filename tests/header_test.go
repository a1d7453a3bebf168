package tests

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// header is what jumelle.h declares. Its reader understands the plain style of
// that file and no more: what it does not understand is an error, so that no
// declaration escapes the tests.
type header struct {
	macros    map[string]string // those with a number
	enums     []string
	handles   []string
	structs   []structure
	functions []function
}

type structure struct {
	name   string
	fields []field
}

type field struct{ kind, name string }

type function struct{ name, prototype string }

var (
	comments  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	spaces    = regexp.MustCompile(`\s+`)
	numbers   = regexp.MustCompile(`^#define (\w+) (-?\d+)$`)
	handleRE  = regexp.MustCompile(`^typedef struct (jml_\w+) (jml_\w+)$`)
	structRE  = regexp.MustCompile(`^typedef struct (jml_\w+) \{(.*)\} (jml_\w+)$`)
	enumRE    = regexp.MustCompile(`^enum \{(.*)\}$`)
	valueRE   = regexp.MustCompile(`^(JML_\w+) = -?\d+$`)
	fieldRE   = regexp.MustCompile(`^((?:const )?\w+ \*?)(\w+)$`)
	prototype = regexp.MustCompile(`^JML_API (JML_MUST_CHECK )?((?:const )?\w+ \*?)(jml_\w+)\((.*)\)$`)
)

func readHeader(t *testing.T) header {
	t.Helper()
	text, err := os.ReadFile(inRoot("include", "jumelle.h"))
	if err != nil {
		t.Fatal(err)
	}
	h := header{macros: map[string]string{}}
	var code strings.Builder
	for line := range strings.Lines(comments.ReplaceAllString(string(text), "")) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			if m := numbers.FindStringSubmatch(line); m != nil {
				h.macros[m[1]] = m[2]
			}
			continue
		}
		code.WriteString(line + " ")
	}
	source := strings.NewReplacer(`extern "C" {`, "", "} "+"\x00", "").Replace(code.String() + "\x00")
	for _, statement := range statements(source) {
		h.read(t, statement)
	}
	return h
}

// statements splits C at the semicolons outside braces.
func statements(source string) []string {
	var out []string
	depth, start := 0, 0
	for i, c := range source {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ';' && depth == 0:
			out = append(out, strings.TrimSpace(spaces.ReplaceAllString(source[start:i], " ")))
			start = i + 1
		}
	}
	if rest := strings.Trim(source[start:], " }\x00"); rest != "" {
		out = append(out, rest)
	}
	return out
}

func (h *header) read(t *testing.T, s string) {
	t.Helper()
	if m := handleRE.FindStringSubmatch(s); m != nil && m[1] == m[2] {
		h.handles = append(h.handles, m[1])
	} else if m := structRE.FindStringSubmatch(s); m != nil && m[1] == m[3] {
		one := structure{name: m[1]}
		for f := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(m[2]), ";"), ";") {
			p := fieldRE.FindStringSubmatch(strings.TrimSpace(f))
			if p == nil {
				t.Fatalf("jumelle.h: cannot read the field %q of %s", f, one.name)
			}
			one.fields = append(one.fields, field{strings.TrimSpace(p[1]), p[2]})
		}
		h.structs = append(h.structs, one)
	} else if m := enumRE.FindStringSubmatch(s); m != nil {
		for v := range strings.SplitSeq(m[1], ",") {
			p := valueRE.FindStringSubmatch(strings.TrimSpace(v))
			if p == nil {
				t.Fatalf("jumelle.h: cannot read the enum value %q", v)
			}
			h.enums = append(h.enums, p[1])
		}
	} else if m := prototype.FindStringSubmatch(s); m != nil {
		if (m[1] != "") != (strings.TrimSpace(m[2]) == "jml_status") {
			t.Errorf("jumelle.h: %s: JML_MUST_CHECK goes with jml_status, which is for what can fail", m[3])
		}
		h.functions = append(h.functions, function{m[3], m[2] + m[3] + "(" + strings.TrimSpace(m[4]) + ")"})
	} else if s != "typedef int32_t jml_status" {
		t.Fatalf("jumelle.h: cannot read %q", s)
	}
}

// TestHeaderConventions: types of fixed width, outputs last and named so.
func TestHeaderConventions(t *testing.T) {
	h := readHeader(t)
	allowed := regexp.MustCompile(`^(?:(?:const )?(?:int32_t|int64_t|uint64_t|size_t|double|float|char|void|jml_\w+) ?\*? ?(?:\*|const \*)?|const char \*const \*)(\w+)$`)
	for _, f := range h.functions {
		arguments := f.prototype[strings.Index(f.prototype, "(")+1 : len(f.prototype)-1]
		if arguments == "void" {
			continue
		}
		outputs := false
		for a := range strings.SplitSeq(arguments, ",") {
			m := allowed.FindStringSubmatch(strings.TrimSpace(a))
			if m == nil {
				t.Errorf("%s: argument %q has a type that the interface does not use", f.name, a)
				continue
			}
			out := strings.HasPrefix(m[1], "out_")
			if outputs && !out {
				t.Errorf("%s: %s comes after an output", f.name, m[1])
			}
			outputs = outputs || out
		}
	}
	for _, s := range h.structs {
		if s.name != "jml_npy" && s.fields[0] != (field{"size_t", "struct_size"}) {
			t.Errorf("%s: want struct_size first, got %v", s.name, s.fields[0])
		}
	}
	for _, name := range h.handles {
		free := "void " + name + "_free(" + name + " *" + strings.TrimPrefix(name, "jml_") + ")"
		found := false
		for _, f := range h.functions {
			found = found || f.prototype == free
		}
		if !found {
			t.Errorf("%s: want %s", name, free)
		}
	}
}
