package portable

import (
	"fmt"
	"time"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/kernel"
)

// arena is a Go slice: this backend never hands its address to anybody else.
type arena struct{ data []float32 }

func (b *backend) NewArena(bytes int64) (kernel.Arena, error) {
	if bytes < 0 || bytes > 1<<46 {
		return nil, core.Invalid("arena", "bytes", "want 0 to 2^46, got %d", bytes)
	}
	return &arena{make([]float32, (bytes+3)/4)}, nil
}

func (a *arena) Bytes() int64                        { return int64(len(a.data)) * 4 }
func (a *arena) CopyIn(offset int64, src []float32)  { copy(a.Host(offset, len(src)), src) }
func (a *arena) CopyOut(dst []float32, offset int64) { copy(dst, a.Host(offset, len(dst))) }
func (a *arena) Free()                               { a.data = nil }

func (a *arena) Host(offset int64, n int) []float32 {
	return a.data[offset/4:][:n:n]
}

// program is its calls with their arguments as slices.
type program struct {
	calls []boundCall
}

type boundCall struct {
	p       *primitive
	args    [][]float32
	scratch []float32
}

// NewProgram implements kernel.Backend.
func (b *backend) NewProgram(calls []kernel.Call) (kernel.Program, error) {
	bound := make([]boundCall, len(calls))
	for i, c := range calls {
		p, ok := c.Primitive.(*primitive)
		if !ok {
			return nil, core.Errorf(core.EIntern, "program", "calls", "want a primitive of the portable backend in call %d, got %T", i, c.Primitive)
		}
		if len(c.Args) != len(p.operands) {
			return nil, core.Errorf(core.EIntern, "program", p.op.Name(), "want %d arguments in call %d, got %d", len(p.operands), i, len(c.Args))
		}
		args := make([][]float32, len(c.Args))
		for j, m := range c.Args {
			s, err := bind(m, p.operands[j].Bytes)
			if err != nil {
				return nil, core.Errorf(core.EIntern, "program", p.op.Name(), "call %d, %s: %v", i, p.operands[j].Name, err)
			}
			args[j] = s
		}
		scratch, err := bind(c.Scratch, p.scratch)
		if err != nil {
			return nil, core.Errorf(core.EIntern, "program", p.op.Name(), "call %d, scratch: %v", i, err)
		}
		bound[i] = boundCall{p, args, scratch}
	}
	return &program{bound}, nil
}

// bind is the memory of an argument of that many bytes as a slice.
func bind(m kernel.Memory, bytes int64) ([]float32, error) {
	if bytes == 0 {
		return nil, nil
	}
	a, ok := m.Arena.(*arena)
	if !ok {
		return nil, fmt.Errorf("want memory of the portable backend, got %T", m.Arena)
	}
	if m.Offset < 0 || m.Offset%kernel.Alignment != 0 || m.Offset > a.Bytes() || bytes > a.Bytes()-m.Offset {
		return nil, fmt.Errorf("want %d bytes at a multiple of %d in an arena of %d, got offset %d", bytes, kernel.Alignment, a.Bytes(), m.Offset)
	}
	return a.Host(m.Offset, int(bytes/4)), nil
}

func (p *program) Run() error {
	for i := range p.calls {
		c := &p.calls[i]
		if err := c.p.run(c.args, c.scratch); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) Profile() ([]float64, error) {
	seconds := make([]float64, len(p.calls))
	for i := range p.calls {
		c := &p.calls[i]
		start := time.Now()
		if err := c.p.run(c.args, c.scratch); err != nil {
			return nil, err
		}
		seconds[i] = time.Since(start).Seconds()
	}
	return seconds, nil
}

func (p *program) Free() { p.calls = nil }
