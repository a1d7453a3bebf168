//go:build unix

package augment

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// busy is the processor time that this process has used: unlike the clock it
// does not depend on what else runs on the machine.
func busy() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Views per second: the figures of tests/bench come from the same jobs through
// Python, beside other libraries.
func BenchmarkViews(b *testing.B) {
	for _, c := range []struct {
		name, document string
		side           int
	}{
		{"simclr32", `{"preset": "simclr", "size": 32}`, 32},
		{"simclr224blur", `{"preset": "simclr", "size": 224, "strength": 1, "blur": true}`, 256},
	} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads%d", c.name, threads), func(b *testing.B) {
				p := mustFrom(b, c.document)
				in := smooth(512*32/c.side, c.side, c.side, 3)
				out := make([]byte, 2*in.N*p.Size()*p.Size()*3)
				b.ReportAllocs()
				before := busy()
				for i := 0; b.Loop(); i++ {
					if err := p.Apply(in, Options{Views: 2, Epoch: uint32(i), Threads: threads}, out); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*2*in.N)/b.Elapsed().Seconds(), "views/s")
				b.ReportMetric((busy()-before).Seconds()*1e6/float64(b.N*2*in.N), "cpu-us/view")
			})
		}
	}
}

// Each operation alone on 224 x 224, one core.
func BenchmarkOperation(b *testing.B) {
	run := func(name, operation string, side int) {
		b.Run(name, func(b *testing.B) {
			p := mustFrom(b, `{"size": 224, "operations": [`+operation+`]}`)
			in := smooth(8, side, side, 3)
			out := make([]byte, in.N*224*224*3)
			before := busy()
			for i := 0; b.Loop(); i++ {
				if err := p.Apply(in, Options{Epoch: uint32(i), Threads: 1}, out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((busy()-before).Seconds()*1e6/float64(b.N*in.N), "cpu-us/view")
		})
	}
	run("none", `{"op": "HorizontalFlip", "p": 0}`, 224)
	run("RandomResizedCrop256", `{"op": "RandomResizedCrop"}`, 256)
	run("RandomResizedCrop1024", `{"op": "RandomResizedCrop"}`, 1024)
	run("HorizontalFlip", `{"op": "HorizontalFlip", "p": 1}`, 224)
	run("brightness", `{"op": "ColorJitter", "brightness": 0.8}`, 224)
	run("contrast", `{"op": "ColorJitter", "contrast": 0.8}`, 224)
	run("saturation", `{"op": "ColorJitter", "saturation": 0.8}`, 224)
	run("hue", `{"op": "ColorJitter", "hue": 0.2}`, 224)
	for _, kind := range kinds[7:] {
		switch name := kind().name(); name {
		case "RandomOrder", "OneOf":
		case "GaussianNoise":
			run(name, `{"op": "GaussianNoise", "sigma": [5, 9]}`, 224)
		default:
			run(name, `{"op": "`+name+`"}`, 224)
		}
	}
}
