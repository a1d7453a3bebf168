//go:build unix

package pictures

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jumelle/jumelle/core"
)

// Opening a pipe waits for a writer: nothing may open one.
func TestPipesAreNotOpened(t *testing.T) {
	root := t.TempDir()
	pipe := filepath.Join(root, "a.jpg")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip("no pipes here:", err)
	}
	put(t, root, "b.png", asPNG(t, sample(4, 4)))
	s, err := Open(root, Options{})
	if err != nil || s.Len() != 1 || len(s.Problems()) != 1 || !strings.Contains(s.Problems()[0].Reason, "special file") {
		t.Fatal(s, err)
	}
	_, err = Open(pipe, Options{})
	wantCode(t, err, core.EIO, pipe, "special file")
}
