package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/npy"
	"github.com/jumelle/jumelle/methods/evaluate"
	"github.com/jumelle/jumelle/methods/train"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	f, err := npy.Open(os.Args[1])
	must(err)
	px, _ := f.Array.Uint8s()
	lf, err := npy.Open(os.Args[2])
	must(err)
	labels, _ := lf.Array.Int64s()
	spec := os.Args[3]
	tr, err := train.New([]byte(spec))
	must(err)
	fmt.Println(string(tr.Spec()))
	enc := func() float64 {
		get := func(lo, hi int) []float32 {
			d, _ := tr.Dim(train.EncodeOptions{})
			out := make([]float32, (hi-lo)*d)
			must(tr.Encode(core.Batch{N: hi - lo, H: 32, W: 32, C: 3, Data: px[lo*3072 : hi*3072]}, train.EncodeOptions{}, out))
			return out
		}
		d, _ := tr.Dim(train.EncodeOptions{})
		t := time.Now()
		a, b := get(0, 10000), get(45000, 50000)
		t2 := time.Now()
		r, err := evaluate.KNNAccuracy(a, labels[:10000], b, labels[45000:50000], d, evaluate.DefaultKNN())
		must(err)
		fmt.Println("encode", t2.Sub(t), "knn", time.Since(t2))
		return r.Accuracy
	}
	fmt.Println("random", enc())
	rows := make([]int64, tr.BatchSize())
	buf := make([]byte, len(rows)*3072)
	start := time.Now()
	epochs := 10
	for e := range epochs {
		for s := range 10000 / len(rows) {
			must(tr.Next(rows))
			for i, r := range rows {
				copy(buf[i*3072:], px[r*3072:(r+1)*3072])
			}
			st, err := tr.Step(core.Batch{N: len(rows), H: 32, W: 32, C: 3, Data: buf})
			must(err)
			if s%13 == 0 {
				fmt.Printf("%+v\n", st)
			}
		}
		fmt.Println("epoch", e, time.Since(start))
	}
	fmt.Println("learned", enc(), time.Since(start))
}
