package tests

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// example is a program that a page shows: a comment with its path, then its text.
var example = regexp.MustCompile("(?s)<!-- ((?:python|tests)/[\\w/.-]+) -->\n```(\\w+)\n(.*?)```\n")

// TestReadme: the programs in the README are files that other tests run.
// JUMELLE_UPDATE_README=1 copies them in.
func TestReadme(t *testing.T) {
	path := inRoot("README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	now := example.ReplaceAllStringFunc(string(text), func(block string) string {
		found++
		m := example.FindStringSubmatch(block)
		program, err := os.ReadFile(inRoot(m[1]))
		if err != nil {
			t.Error(err)
			return block
		}
		return fmt.Sprintf("<!-- %s -->\n```%s\n%s```\n", m[1], m[2], program)
	})
	if want := strings.Count(string(text), "\n<!-- "); found != want || found == 0 {
		t.Errorf("README.md names %d programs, %d could be read", want, found)
	}
	if now == string(text) || t.Failed() {
		return
	}
	if os.Getenv("JUMELLE_UPDATE_README") != "1" {
		t.Fatal("a program in README.md is not the file it names; JUMELLE_UPDATE_README=1 go test ./tests -run TestReadme copies them in")
	}
	if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
		t.Fatal(err)
	}
}
