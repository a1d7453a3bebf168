package core

import (
	"errors"
	"io"
	"testing"
)

func TestErrorPrintsFunctionArgumentWantedGiven(t *testing.T) {
	err := Errorf(EShape, "nt_xent", "b", "want shape (256, 128), got (255, 128)")
	if got, want := err.Error(), "nt_xent: b: want shape (256, 128), got (255, 128)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrorLeavesOutEmptyPartsAndKeepsTheCause(t *testing.T) {
	err := &Error{Code: EIO, Op: "load", Err: io.ErrUnexpectedEOF}
	if got, want := err.Error(), "load: unexpected EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
}
