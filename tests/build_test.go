// Package tests checks what no single package can: who may import whom, the
// public C interface, and the programs of tests/c and tests/go, which use the
// built library as a stranger does.
//
// The library is built once a run, into .build/tests, with the kernels that
// JUMELLE_TEST_TAGS names ("onednn", or "portable" for none). Without it: onednn
// where its headers are found, as the shipped library has it. What the kernels
// were is printed at the start (go test -v).
package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestMain(m *testing.M) {
	fmt.Fprintf(os.Stderr, "tests: the library is built with tags %q, GOEXPERIMENT=%s\n", kernelTags(), experiment())
	os.Exit(m.Run())
}

// root is the top folder of the checkout.
var root = sync.OnceValue(func() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(file))
})

func inRoot(parts ...string) string { return filepath.Join(append([]string{root()}, parts...)...) }

// kernelTags is the build tags that choose the kernels.
var kernelTags = sync.OnceValue(func() string {
	switch tags, set := os.LookupEnv("JUMELLE_TEST_TAGS"); {
	case set && tags == "portable":
		return ""
	case set:
		return tags
	}
	folders := []string{"/usr/include", "/usr/local/include"}
	for _, m := range regexp.MustCompile(`-I\s*(\S+)`).FindAllStringSubmatch(os.Getenv("CGO_CFLAGS"), -1) {
		folders = append(folders, strings.Trim(m[1], `"'`))
	}
	for _, folder := range folders {
		for _, header := range []string{"dnnl.h", "oneapi/dnnl/dnnl.h"} {
			if _, err := os.Stat(filepath.Join(folder, header)); err == nil {
				return "onednn"
			}
		}
	}
	return ""
})

// experiment is GOEXPERIMENT of what is built: the shipped setting, or the caller's.
func experiment() string {
	if e, set := os.LookupEnv("GOEXPERIMENT"); set {
		return e
	}
	return "simd"
}

// output is where the programs and libraries of this run lie.
func output(t *testing.T, name string) string {
	t.Helper()
	folder := inRoot(".build", "tests")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}

// run runs a command in the checkout and returns what it printed to standard
// output; a failure ends the test with everything that it printed.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = root()
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// goBuild builds a package of the module with the kernels of this run.
func goBuild(t *testing.T, tags, out, pkg string, flags ...string) {
	t.Helper()
	args := append([]string{"build", "-trimpath", "-tags", tags, "-o", out}, flags...)
	run(t, []string{"GOEXPERIMENT=" + experiment(), "CGO_ENABLED=1"}, "go", append(args, pkg)...)
}

type built struct {
	once sync.Once
	path string
}

var shipped, faulty built

// library is the shared library as it ships.
func library(t *testing.T) string { return shipped.library(t, "shipped", kernelTags()) }

// faultLibrary is the same with what tests/c needs: see capi/fault.go.
func faultLibrary(t *testing.T) string { return faulty.library(t, "fault", kernelTags()+",fault") }

func (b *built) library(t *testing.T, folder, tags string) string {
	t.Helper()
	b.once.Do(func() {
		path := filepath.Join(output(t, folder), "libjumelle.so")
		goBuild(t, tags, path, "./capi", "-buildmode=c-shared", "-ldflags",
			"-s -w -extldflags '-Wl,--version-script="+inRoot("capi", "exports.map")+" -Wl,-soname,libjumelle.so.1'")
		link := path + ".1"
		os.Remove(link)
		if err := os.Symlink("libjumelle.so", link); err != nil {
			t.Fatal(err)
		}
		b.path = path
	})
	if b.path == "" {
		t.Fatal("the library did not build: see the first test that needs it")
	}
	return b.path
}
