package core

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"temperature", "batch_size", "epochs", "encoder"}
	for given, want := range map[string]string{
		"temprature": "temperature", "batchsize": "batch_size", "epoch": "epochs", "Encoder": "encoder", "colour": "",
	} {
		if got := Nearest(given, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestDecodeStrict(t *testing.T) {
	type spec struct {
		Epochs int       `json:"epochs"`
		Rate   *float64  `json:"learning_rate"`
		Mean   []float64 `json:"mean"`
	}
	s := spec{Epochs: 7}
	if err := DecodeStrict("trainer_new", []byte(`{"learning_rate": 0.5}`), &s); err != nil || s.Epochs != 7 || *s.Rate != 0.5 {
		t.Fatalf("got %+v, %v", s, err)
	}
	for document, want := range map[string]string{
		`{"epoch": 3}`:              `trainer_new: epoch: want one of epochs, learning_rate, mean, got "epoch" (did you mean "epochs"?)`,
		`{"epochs": "many"}`:        "trainer_new: epochs: want a whole number, got string",
		`{"epochs": 1.5}`:           "trainer_new: epochs: want a whole number, got number 1.5",
		`{"learning_rate": "fast"}`: "trainer_new: learning_rate: want a number, got string",
		`[1]`:                       "trainer_new: spec: want a JSON object",
		`null`:                      "trainer_new: spec: want a JSON object, got null",
		`{"epochs": 1} {}`:          "trainer_new: spec: want one JSON object, got more after it",
		`{"epochs": 1`:              "trainer_new: spec: want a JSON object",
	} {
		err := DecodeStrict("trainer_new", []byte(document), &spec{})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", document, err, want)
		}
	}
}
