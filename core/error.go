// Package core owns what every other package knows: the one error type of the
// library and the codes that C and Python see. It knows nothing of pictures,
// networks or files.
package core

import "fmt"

// Code says what kind of thing went wrong. The values are those of jml_status
// in include/jumelle.h: 0 is success, numbers are never reused.
type Code int32

const (
	OK       Code = 0
	EInval   Code = -1  // an argument is missing or out of range
	ENpy     Code = -2  // not .npy data, or cut short
	EDtype   Code = -3  // .npy of another dtype or order than asked
	EShape   Code = -4  // array of another shape than asked
	EHandle  Code = -5  // handle freed, or of another kind
	EBusy    Code = -6  // handle in use by another thread
	ENumeric Code = -7  // NaN or infinity where a finite value must be
	EIO      Code = -8  // a file could not be read or written
	EForked  Code = -9  // called in a child made by fork()
	EIntern  Code = -10 // a bug in the library
)

// Error is the only error type that leaves the library's public functions.
// It prints as "op: argument: msg"; parts that are empty are left out.
type Error struct {
	Code     Code
	Op       string // the public function: "nt_xent", "trainer_step"
	Argument string // the argument or field at fault: "b", "temperature"
	Msg      string // what was wanted and what came, lower case
	Err      error  // the cause, if another error is behind this one
}

func (e *Error) Error() string {
	s := e.Msg
	if e.Err != nil {
		if s != "" {
			s += ": "
		}
		s += e.Err.Error()
	}
	if e.Argument != "" {
		s = e.Argument + ": " + s
	}
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error. The message says what was wanted, then what came.
func Errorf(code Code, op, argument, format string, args ...any) *Error {
	return &Error{Code: code, Op: op, Argument: argument, Msg: fmt.Sprintf(format, args...)}
}

// Invalid is Errorf with EInval, by far the most frequent code.
func Invalid(op, argument, format string, args ...any) *Error {
	return Errorf(EInval, op, argument, format, args...)
}
