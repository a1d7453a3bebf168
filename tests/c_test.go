package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The address, leak and undefined behaviour sanitizers watch the programs and
// what C in the library allocates, messages above all. Go's own memory is not
// theirs to watch. (A program that is sanitized can load a Go library; the other
// way round it could not.)
var sanitize = []string{"-fsanitize=address,undefined", "-fno-sanitize-recover=all"}

func suppressions() []string {
	return []string{"LSAN_OPTIONS=print_suppressions=0:suppressions=" + inRoot("tests", "c", "leaks.supp")}
}

// compile builds tests/c/name.c against the public header alone.
func compile(t *testing.T, name string, flags ...string) string {
	t.Helper()
	lib := filepath.Dir(faultLibrary(t))
	out := output(t, name)
	args := []string{"-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", "-g", "-O1"}
	args = append(args, flags...)
	args = append(args, "-I"+inRoot("include"), inRoot("tests", "c", name+".c"), "-o", out,
		"-L"+lib, "-Wl,-rpath,"+lib, "-ljumelle", "-lm", "-pthread")
	run(t, nil, "gcc", args...)
	return out
}

// TestC runs the programs that need nothing but a folder. Each ends with
// checking that no handle is alive.
func TestC(t *testing.T) {
	for _, name := range []string{
		"handles", "errors", "threads", "options", "arrays", "nulls", "fork",
		"images", "pipeline", "folder_views", "overlap", "losses", "classification", "judging", "methods", "trainer_errors", "edges",
	} {
		t.Run(name, func(t *testing.T) {
			program := compile(t, name, sanitize...)
			if got := run(t, suppressions(), program, t.TempDir()); !strings.HasSuffix(got, "ok\n") {
				t.Errorf("got %q, want ok at the end", got)
			}
		})
	}
}

// TestCGivesMemoryBack measures the process, so nothing but the program is in it.
func TestCGivesMemoryBack(t *testing.T) {
	t.Log(run(t, nil, compile(t, "memory"), t.TempDir()))
}

func TestCShowsStacksOnRequest(t *testing.T) {
	run(t, append(suppressions(), "JUMELLE_DEBUG=1"), compile(t, "errors", sanitize...))
}

// TestCLoadsTheShippedLibrary is what a host program with plug-ins does. (A
// dependency once ended the process here, in a package's init.)
func TestCLoadsTheShippedLibrary(t *testing.T) {
	out := output(t, "load")
	run(t, nil, "gcc", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror",
		"-I"+inRoot("include"), inRoot("tests", "c", "load.c"), "-o", out, "-ldl")
	text := run(t, nil, out, library(t))
	var info map[string]any
	if err := json.Unmarshal([]byte(text), &info); err != nil {
		t.Fatalf("jml_info: %v in %q", err, text)
	}
	for _, key := range []string{"version", "abi", "kernels", "instruction_set", "threads", "cores", "go", "kernels_note"} {
		if _, ok := info[key]; !ok {
			t.Errorf("jml_info has no %q", key)
		}
	}
	t.Logf("kernels: %v (%v) %v", info["kernels"], info["instruction_set"], info["kernels_note"])
	kernels, _ := info["kernels"].(string)
	if strings.Contains(kernelTags(), "onednn") && !strings.HasPrefix(kernels, "onednn") {
		t.Errorf("built for onednn, got kernels %q: %v (JUMELLE_ONEDNN is the path of libdnnl.so.2)", kernels, info["kernels_note"])
	}
}

// TestHeaderInEveryLanguage: a program must be able to include the header first.
func TestHeaderInEveryLanguage(t *testing.T) {
	source := filepath.Join(t.TempDir(), "include.c")
	text := "#include <jumelle.h>\n#include <jumelle.h>\nint check(void);\nint check(void) { return JML_OK; }\n"
	if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	strict := []string{"-pedantic", "-Wall", "-Wextra", "-Werror", "-I" + inRoot("include"), "-c", "-o", os.DevNull}
	for _, std := range []string{"c89", "c99", "c11"} {
		run(t, nil, "gcc", append(strict, "-std="+std, source)...)
	}
	for _, std := range []string{"c++11", "c++17"} {
		run(t, nil, "g++", append(strict, "-std="+std, "-x", "c++", source)...)
	}
}
