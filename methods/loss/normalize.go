package loss

import (
	"math"
	"reflect"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/par"
)

// floor is the shortest length a row is divided by.
const floor = 1e-12

// checkMatrix says whether x has n rows of d values.
func checkMatrix(op, argument string, x []float32, n, d int) error {
	if d < 1 {
		return core.Errorf(core.EShape, op, argument, "want at least one column, got shape (%d, %d)", n, d)
	}
	if n < 0 || n > math.MaxInt32 || d > math.MaxInt32 || len(x) != n*d {
		return core.Errorf(core.EShape, op, argument, "want shape (%d, %d), got %d values", n, d, len(x))
	}
	return nil
}

// checkPairs is checkMatrix for two matrices of the same shape, with the least
// number of rows that the loss is defined for.
func checkPairs(op, nameA, nameB string, a, b []float32, n, d, least int) error {
	if n < least {
		return core.Errorf(core.EShape, op, nameA, "want at least %d rows, got %d", least, n)
	}
	if err := checkMatrix(op, nameA, a, n, d); err != nil {
		return err
	}
	return checkMatrix(op, nameB, b, n, d)
}

// checkTemperature refuses what would make the logits meaningless: the smallest
// temperature keeps them exact enough to order.
func checkTemperature(op string, t float64) error {
	if !(t >= 1e-8) || math.IsInf(t, 1) {
		return core.Invalid(op, "temperature", "want a finite number of at least 1e-8, got %v", t)
	}
	return nil
}

// array is an argument with its name, for messages.
type array struct {
	name   string
	values []float32
}

// checkOutputs says whether every output that is not nil has the size of its
// shape and memory of its own.
func checkOutputs(op string, outputs, inputs []array, n, d int) error {
	for i, out := range outputs {
		if out.values == nil {
			continue
		}
		if len(out.values) != n*d {
			return core.Errorf(core.EShape, op, out.name, "want shape (%d, %d) or nil, got %d values", n, d, len(out.values))
		}
		for _, others := range [2][]array{outputs[:i], inputs} {
			for _, other := range others {
				if overlap(out.values, other.values) {
					return core.Invalid(op, out.name, "want memory of its own, got memory shared with %s", other.name)
				}
			}
		}
	}
	return nil
}

func overlap(x, y []float32) bool {
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	px, py := reflect.ValueOf(x).Pointer(), reflect.ValueOf(y).Pointer()
	return px < py+uintptr(len(y))*4 && py < px+uintptr(len(x))*4
}

// pieceRows is the number of rows of d values in a piece of work that is worth
// handing to another goroutine (a few microseconds).
func pieceRows(d int) int { return max(1, 16384/d) }

// Normalize fills unit (n, d) with the rows of x (n, d) divided by their lengths,
// and lengths (n) with max(‖x_i‖, 1e-12), by which it divides. A row that is not
// finite is an ENumeric error; op and argument are what the error names. unit may
// be x, or nil for the lengths alone.
func Normalize(op, argument string, x []float32, n, d int, unit []float32, lengths []float64) error {
	if err := checkMatrix(op, argument, x, n, d); err != nil {
		return err
	}
	if unit != nil && len(unit) != n*d || len(lengths) != n {
		return core.Errorf(core.EShape, op, "unit", "want %d values and %d lengths, got %d and %d", n*d, n, len(unit), len(lengths))
	}
	return par.For(n, pieceRows(d), func(lo, hi int) (err error) {
		for i := lo; i < hi && err == nil; i++ {
			var to []float32
			if unit != nil {
				to = unit[i*d : (i+1)*d]
			}
			lengths[i], err = normalizeRow(op, argument, i, x[i*d:(i+1)*d], to)
		}
		return err
	})
}

// normalizeRow fills unit, unless it is nil, with row i of the argument divided by
// its length, which it returns.
func normalizeRow(op, argument string, i int, row, unit []float32) (length float64, err error) {
	square := dot(row, row)
	if !finite(square) {
		return 0, notFinite(op, argument, row, i)
	}
	length = max(math.Sqrt(square), floor)
	if unit != nil {
		scaled(row, 1/length, unit)
	}
	return length, nil
}

// finite: float32 values cannot make a float64 sum of squares overflow, so only
// a NaN or an infinity among them can.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func notFinite(op, argument string, row []float32, i int) error {
	for j, v := range row {
		if !finite(float64(v)) {
			return core.Errorf(core.ENumeric, op, argument, "want finite values, got %v in row %d, column %d", v, i, j)
		}
	}
	return core.Errorf(core.ENumeric, op, argument, "want finite values, got row %d with an infinite length", i)
}

// cosine is the cosine of two rows whose lengths are known.
func cosine(x, y []float32, lx, ly float64) float64 { return dot(x, y) / lx / ly }

// through writes the gradient of one row before normalisation. h = dL/dẑ is
// (acc - pull·other)·scale, and the gradient (h - (ẑ·h)ẑ)/‖z‖, or h/floor below the
// floor, where the length is a constant. acc nil counts as 0. other is a row as it
// was given, its length part of pull: where it is nearly parallel to row, little of
// it is left, and the rounding of a unit row would be much of that.
func through(row []float32, length float64, acc []float32, pull float64, other []float32, scale float64, out []float32) {
	along := -pull * dot(row, other)
	if acc != nil {
		along += dot(row, acc)
	}
	along *= scale / (length * length)
	if length <= floor {
		along = 0
	}
	give, inverse := scale/length, 1/length
	if acc == nil {
		acc, give = other, 0
	}
	combine(give, acc, -pull*scale*inverse, other, -along*inverse, row, out)
}

// softplus returns ln(1 + e^x) and its derivative 1/(1 + e^-x).
func softplus(x float64) (value, slope float64) {
	e := math.Exp(-math.Abs(x))
	slope = 1 / (1 + e)
	if x < 0 {
		slope = e / (1 + e)
	}
	return max(x, 0) + math.Log1p(e), slope
}
