package augment

import (
	"math"
	"sync"

	"github.com/jumelle/jumelle/core"
)

// GaussianNoise adds to every value its own normal number. Sigma has no default:
// papers do not agree on one.
type GaussianNoise struct {
	keeps
	Sigma [2]float64 `json:"sigma"` // deviation in grey levels (0 to 255), drawn uniformly
	P     float64    `json:"p"`
}

func (o *GaussianNoise) name() string { return "GaussianNoise" }

func (o *GaussianNoise) chance() float64 { return o.P }

func (o *GaussianNoise) check(at string) error {
	if math.IsNaN(o.Sigma[0]) && math.IsNaN(o.Sigma[1]) {
		return core.Invalid(opPipeline, at+".sigma", "want two numbers, the smaller first, in grey levels; it has no default")
	}
	if err := checkRange(at+".sigma", o.Sigma, 0, 255); err != nil {
		return err
	}
	return checkProbability(at, o.P)
}

func (o *GaussianNoise) run(v *view, _ *step) {
	sigma := v.random.Uniform(o.Sigma[0], o.Sigma[1])
	v.note("sigma", sigma)
	if v.dry {
		return
	}
	p, nodes := v.pixels(), normalNodes()
	for i, x := range p {
		z := normal(v.random.Uint32(), nodes)
		p[i] = byte(min(max(float64(x)+float64(sigma*z), 0), 255))
	}
}

// nodes are values of normalQuantile between which normal interpolates.
const nodes = 4096

var normalNodes = sync.OnceValue(func() *[nodes + 1]float64 {
	var table [nodes + 1]float64
	for i := 1; i < nodes; i++ {
		table[i] = normalQuantile(float64(i) / nodes)
	}
	return &table
})

// normal turns 32 random bits into a standard normal number. Between the nodes
// the error of a straight line stays below 1e-4 except in the outer 1/128 on both
// sides, where the quantile itself is computed.
func normal(bits uint32, table *[nodes + 1]float64) float64 {
	i := bits >> 20
	if i < nodes/128 || i >= nodes-nodes/128 {
		return normalQuantile((float64(bits) + 0.5) * 0x1p-32)
	}
	part := (float64(bits&(1<<20-1)) + 0.5) * 0x1p-20
	return table[i] + float64(part*(table[i+1]-table[i]))
}
