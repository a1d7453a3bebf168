package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstall follows the Makefile's own instructions: install without Python,
// compile a program with what pkg-config says, run it as it is.
func TestInstall(t *testing.T) {
	prefix := t.TempDir()
	run(t, []string{"GOEXPERIMENT=" + experiment()}, "make", "-s", "-C", "capi", "install", "PREFIX="+prefix)
	for _, name := range []string{"include/jumelle.h", "lib/libjumelle.so", "lib/pkgconfig/jumelle.pc"} {
		if _, err := os.Stat(filepath.Join(prefix, name)); err != nil {
			t.Error(err)
		}
	}
	config := []string{"PKG_CONFIG_PATH=" + filepath.Join(prefix, "lib", "pkgconfig")}
	flags := strings.Fields(run(t, config, "pkg-config", "--cflags", "--libs", "jumelle"))
	out := filepath.Join(prefix, "hello")
	run(t, nil, "gcc", append([]string{"-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror",
		inRoot("tests", "c", "hello.c"), "-o", out}, flags...)...)

	m := readHeader(t).macros
	version := m["JML_VERSION_MAJOR"] + "." + m["JML_VERSION_MINOR"] + "." + m["JML_VERSION_PATCH"]
	// 0.4663673984 in double precision, from the definition of NT-Xent.
	if got, want := run(t, nil, out), "jumelle "+version+": NT-Xent 0.4664\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := strings.TrimSpace(run(t, config, "pkg-config", "--modversion", "jumelle")); got != version {
		t.Errorf("pkg-config says version %s, the header %s", got, version)
	}
}
