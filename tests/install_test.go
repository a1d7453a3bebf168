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
	out := filepath.Join(prefix, "quickstart")
	run(t, nil, "gcc", append([]string{"-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror",
		inRoot("tests", "c", "quickstart.c"), "-o", out}, flags...)...)

	m := readHeader(t).macros
	version := m["JML_VERSION_MAJOR"] + "." + m["JML_VERSION_MINOR"] + "." + m["JML_VERSION_PATCH"]
	photos, model := madeUp(t), filepath.Join(prefix, "model.npz")
	printed := run(t, nil, out, photos.path, model)
	if !strings.Contains(printed, "step 8: ") || !strings.HasSuffix(printed, "jumelle "+version+": 256 features of each picture\n") {
		t.Errorf("the quick start printed %q", printed)
	}
	if got := strings.TrimSpace(run(t, config, "pkg-config", "--modversion", "jumelle")); got != version {
		t.Errorf("pkg-config says version %s, the header %s", got, version)
	}

	// The same from Go takes the same steps.
	fromGo := output(t, "quickstart_go")
	goBuild(t, kernelTags(), fromGo, "./tests/go/quickstart")
	if got := run(t, nil, fromGo, photos.path, model); !strings.HasPrefix(printed, got) {
		t.Errorf("from Go: got %q, want what C printed: %q", got, printed)
	}
}
