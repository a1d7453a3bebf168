package main

// #include "bridge.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/jumelle/jumelle/core"
)

// guard runs the body of every exported function: an error becomes its status
// and its text *message, a panic becomes JML_EINTERNAL. No panic may pass it:
// above it is C, and the host process would end.
//
// Memory faults count as panics too (a caller's array that is shorter than it
// says, a mapped file that was cut): Go would end the process otherwise.
func guard(op string, message **C.char, body func() error) (status C.jml_status) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			status = report(message, &core.Error{Code: core.EIntern, Op: op, Err: &panicked{r, debug.Stack()}})
		}
	}()
	if err := body(); err != nil {
		return report(message, called(op, err))
	}
	return C.JML_OK
}

// called makes an error name the function that the caller called, where a
// function below names itself.
func called(op string, err error) error {
	if e, ok := err.(*core.Error); ok && e.Op != op {
		named := *e
		named.Op = op
		return &named
	}
	return err
}

// report gives err to C: bridge.c frees the text.
func report(message **C.char, err error) C.jml_status {
	code, text := codeOf(err), err.Error()
	if code == core.EIntern {
		text += " (a bug in the library: please report it)"
		if t := traceOf(err); t != "" && os.Getenv("JUMELLE_DEBUG") == "1" {
			text += "\n" + t
		}
	}
	*message = C.CString(text)
	return C.jml_status(code)
}

// codeOf is the status of an error. One without a code was meant for a caller
// inside the library and got past it: a bug.
func codeOf(err error) core.Code {
	var e *core.Error
	if errors.As(err, &e) && e.Code != core.OK {
		return e.Code
	}
	return core.EIntern
}

// panicked is a recovered panic. Its stack is shown on request only; core/par
// hands over those of its workers with the same method.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }
func (p *panicked) Trace() string { return string(p.stack) }

func traceOf(err error) string {
	var t interface{ Trace() string }
	if errors.As(err, &t) {
		return t.Trace()
	}
	return ""
}
