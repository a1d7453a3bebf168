package nn

import (
	"cmp"
	"maps"
	"slices"
	"testing"
)

// The steps that the library's speed is judged by: forward and backward of a
// SimCLR batch. -v adds where the time goes.

func BenchmarkSmall512(b *testing.B) {
	benchmarkStep(b, Config{Encoder: "small", Size: 32, Heads: projection(256, 128)}, 512)
}

func BenchmarkResNet18x128(b *testing.B) {
	benchmarkStep(b, Config{Encoder: "resnet18", Size: 32, Heads: projection(512, 128)}, 128)
}

func benchmarkStep(b *testing.B, config Config, batch int) {
	net, p := made(b, config, 1)
	run, err := net.Train(fastBackend(b), p, batch, 1)
	check(b, err)
	defer p.Free()
	defer run.Free()
	fill(run.Input(), 1)
	fill(run.OutputGrad(), 2)
	step := func() {
		check(b, run.Forward())
		check(b, run.Backward())
	}
	step()
	flops := 0.0
	for _, c := range run.Plan().Calls() {
		flops += c.Flops
	}
	for b.Loop() {
		step()
	}
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(float64(run.Plan().Bytes())/1e6, "arena-MB")
	b.ReportMetric(float64(run.Plan().Floor())/1e6, "floor-MB")
	b.ReportMetric(flops/seconds/1e9, "GFLOP/s")
	b.ReportMetric(float64(batch)/seconds, "pictures/s")
	if !testing.Verbose() {
		return
	}
	type kind struct{ seconds, flops, bytes, calls float64 }
	kinds, at := map[string]*kind{}, 0
	for pass := range 2 {
		times, err := run.Plan().Profile(pass)
		check(b, err)
		for _, t := range times {
			c := run.Plan().Calls()[at]
			k := kinds[c.Name]
			if k == nil {
				k = &kind{}
				kinds[c.Name] = k
			}
			k.seconds, k.flops, k.bytes, k.calls = k.seconds+t, k.flops+c.Flops, k.bytes+float64(c.Bytes), k.calls+1
			b.Logf("%2d %-24s %8.2f ms %7.1f GFLOP/s  %s", pass, c.Name, t*1e3, c.Flops/t/1e9, c.Layouts)
			at++
		}
	}
	names := slices.SortedFunc(maps.Keys(kinds), func(x, y string) int { return cmp.Compare(kinds[y].seconds, kinds[x].seconds) })
	for _, name := range names {
		k := kinds[name]
		b.Logf("%-24s %3.0f calls %8.2f ms %7.1f GFLOP/s %6.1f GB/s", name, k.calls, k.seconds*1e3, k.flops/k.seconds/1e9, k.bytes/k.seconds/1e9)
	}
}
