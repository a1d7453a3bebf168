package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// TestExportedSymbols: the library shows the header's functions and nothing of
// Go's runtime, which could clash with another Go library in the same process.
func TestExportedSymbols(t *testing.T) {
	var exported []string
	for line := range strings.Lines(run(t, nil, "nm", "-D", "--defined-only", library(t))) {
		fields := strings.Fields(line)
		exported = append(exported, fields[len(fields)-1])
	}
	var declared []string
	for _, f := range readHeader(t).functions {
		declared = append(declared, f.name)
	}
	sort.Strings(exported)
	sort.Strings(declared)
	if !slices.Equal(exported, declared) {
		t.Errorf("exported but not declared: %v\ndeclared but not exported: %v", minus(exported, declared), minus(declared, exported))
	}
}

func TestSoname(t *testing.T) {
	want := fmt.Sprintf("[libjumelle.so.%s]", readHeader(t).macros["JML_ABI"])
	if got := run(t, nil, "readelf", "-d", library(t)); !strings.Contains(got, want) {
		t.Errorf("want soname %s, got\n%s", want, got)
	}
}

// TestABI compares the interface with tests/abi.txt, which holds everything that
// a compiled program relies on. A line of it may go or change only when JML_ABI
// does; lines may come: JUMELLE_UPDATE_ABI=1 writes them.
func TestABI(t *testing.T) {
	path := inRoot("tests", "abi.txt")
	now := readHeader(t).abi(t)
	file, err := os.ReadFile(path)
	if err != nil && os.Getenv("JUMELLE_UPDATE_ABI") != "1" {
		t.Fatal(err)
	}
	then := strings.Split(strings.TrimSpace(string(file)), "\n")
	abi := "macro JML_ABI " + readHeader(t).macros["JML_ABI"]
	if broken := minus(then, now); len(broken) > 0 && err == nil && slices.Contains(then, abi) {
		for _, line := range broken {
			if !grew(line, now) {
				t.Errorf("programs built against this break, so JML_ABI must be raised: %s", line)
			}
		}
	}
	for _, line := range minus(now, then) {
		if name, ok := inPadding(line, then); ok && slices.Contains(then, abi) {
			t.Errorf("old programs leave garbage in the padding at the end of %s: %s", name, line)
		}
	}
	if t.Failed() || slices.Equal(then, now) {
		return
	}
	if os.Getenv("JUMELLE_UPDATE_ABI") != "1" {
		t.Fatalf("the interface is not what tests/abi.txt says; JUMELLE_UPDATE_ABI=1 go test ./tests -run TestABI writes it\n+ %s\n- %s",
			strings.Join(minus(now, then), "\n+ "), strings.Join(minus(then, now), "\n- "))
	}
	if err := os.WriteFile(path, []byte(strings.Join(now, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// grew is whether line is the size of a struct that only became longer, or the
// version, which is free to move.
func grew(line string, now []string) bool {
	var name string
	var before, after int
	if strings.HasPrefix(line, "macro JML_VERSION_") {
		return true
	}
	if n, _ := fmt.Sscanf(line, "struct %s size %d", &name, &before); n != 2 || name == "jml_npy" {
		return false // jml_npy has no struct_size: it cannot grow
	}
	for _, l := range now {
		if n, _ := fmt.Sscanf(l, "struct "+name+" size %d", &after); n == 1 {
			return after > before
		}
	}
	return false
}

// argumentName is one in a prototype: programs rely on its type alone.
var argumentName = regexp.MustCompile(` (\**)\w+([,)])`)

// inPadding is whether line is a field that begins before the old end of its struct.
func inPadding(line string, then []string) (string, bool) {
	m := fieldLine.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	offset, _ := strconv.Atoi(m[2])
	for _, l := range then {
		var size int
		if n, _ := fmt.Sscanf(l, "struct "+m[1]+" size %d", &size); n == 1 {
			return m[1], offset < size
		}
	}
	return "", false
}

var fieldLine = regexp.MustCompile(`^struct (\w+) field .* offset (\d+)$`)

// abi is the whole interface, a line each: prototypes, and what a C compiler
// makes of structs, enum values and macros.
func (h header) abi(t *testing.T) []string {
	var c strings.Builder
	c.WriteString("#include <stdio.h>\n#include <jumelle.h>\nint main(void)\n{\n")
	ask := func(label, expression string) {
		fmt.Fprintf(&c, "\tprintf(\"%%s %%ld\\n\", \"%s\", (long)(%s));\n", label, expression)
	}
	for _, name := range sorted(h.macros) {
		ask("macro "+name, name)
	}
	for _, name := range h.enums {
		ask("enum "+name, name)
	}
	ask("type jml_status size", "sizeof(jml_status)")
	for _, s := range h.structs {
		ask("struct "+s.name+" size", "sizeof("+s.name+")")
		for _, f := range s.fields {
			ask(fmt.Sprintf("struct %s field %s: %s offset", s.name, f.name, f.kind), fmt.Sprintf("offsetof(%s, %s)", s.name, f.name))
		}
	}
	c.WriteString("\treturn 0;\n}\n")
	source := filepath.Join(t.TempDir(), "layout.c")
	if err := os.WriteFile(source, []byte(c.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "layout")
	run(t, nil, "gcc", "-std=c99", "-Wall", "-Werror", "-I"+inRoot("include"), source, "-o", program)
	lines := strings.Split(strings.TrimSpace(run(t, nil, program)), "\n")
	for _, name := range h.handles {
		lines = append(lines, "handle "+name)
	}
	for _, f := range h.functions {
		types := argumentName.ReplaceAllString(f.prototype, " $1$2")
		lines = append(lines, "function "+strings.NewReplacer(" ,", ",", " )", ")").Replace(types))
	}
	return lines
}

func minus(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

func sorted(m map[string]string) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
