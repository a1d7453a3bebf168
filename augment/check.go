package augment

import (
	"fmt"

	"github.com/jumelle/jumelle/core"
)

// The checks below are written so that NaN fails each of them.

func checkProbability(at string, p float64) error {
	if !(p >= 0 && p <= 1) {
		return core.Invalid(opPipeline, at+".p", "want a probability from 0 to 1, got %v", p)
	}
	return nil
}

func checkSide(at string, n int) error {
	if n < 1 || n > core.MaxSide {
		return core.Invalid(opPipeline, at, "want 1 to %d pixels, got %d", core.MaxSide, n)
	}
	return nil
}

// checkRange wants low <= r[0] <= r[1] <= high.
func checkRange(at string, r [2]float64, low, high float64) error {
	if !(r[0] >= low && r[0] <= r[1] && r[1] <= high) {
		return core.Invalid(opPipeline, at, "want two numbers, the smaller first, from %v to %v, got [%v, %v]", low, high, r[0], r[1])
	}
	return nil
}

func checkNumber(at string, x, low, high float64) error {
	if !(x >= low && x <= high) {
		return core.Invalid(opPipeline, at, "want a number from %v to %v, got %v", low, high, x)
	}
	return nil
}

func checkInteger(at string, n, low, high int) error {
	if n < low || n > high {
		return core.Invalid(opPipeline, at, "want %d to %d, got %d", low, high, n)
	}
	return nil
}

// checkWord wants one of the words of a field.
func checkWord(at, word string, words ...string) error {
	for _, w := range words {
		if w == word {
			return nil
		}
	}
	return core.Invalid(opPipeline, at, "want one of %q, got %q%s", words, word, didYouMean(word, words))
}

// didYouMean is a hint for a misspelt word, or nothing when no word is near.
func didYouMean(word string, words []string) string {
	best, distance := "", len(word)/2+2
	for _, w := range words {
		if d := editDistance(word, w); d < distance {
			best, distance = w, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance counts the letters to insert, remove or replace; letters that
// differ in case alone cost nothing.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if lower(a[i]) == lower(b[j]) {
				cost = 0
			}
			d := min(diagonal+cost, row[j]+1, row[j+1]+1)
			diagonal, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
