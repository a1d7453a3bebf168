// Train is a training run from Go: the pictures of a .npy file, a run's document,
// a number of steps.
//
//	train PICTURES.npy SPEC.json STEPS
//
// It prints a line a step, the loss as a hexadecimal float ("loss 1 0x1.62p+01"):
// every bit of it, so that it can be compared with the same run from C or Python.
// Then it prints a checksum of the features of the first pictures.
package main

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"log"
	"math"
	"os"
	"strconv"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/pictures"
	"github.com/jumelle/jumelle/methods/train"
)

const encoded = 32

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: train PICTURES.npy SPEC.json STEPS")
	}
	steps, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	if err := run(os.Args[1], os.Args[2], steps); err != nil {
		log.Fatal(err)
	}
}

func run(picturesPath, specPath string, steps int) error {
	set, err := pictures.Open(picturesPath, pictures.Options{})
	if err != nil {
		return err
	}
	defer set.Close()
	spec, err := os.ReadFile(specPath)
	if err != nil {
		return err
	}
	trainer, err := train.New(spec)
	if err != nil {
		return err
	}
	defer trainer.Close()

	wanted := make([]int64, trainer.BatchSize())
	batch := batchOf(set, len(wanted))
	for range steps {
		if err := trainer.Next(wanted); err != nil {
			return err
		}
		if err := set.Read(wanted, batch); err != nil {
			return err
		}
		stats, err := trainer.Step(batch)
		if err != nil {
			return err
		}
		fmt.Printf("loss %d %s\n", stats.Step, strconv.FormatFloat(stats.Loss, 'x', -1, 64))
	}
	sum, err := checksum(trainer, set)
	if err != nil {
		return err
	}
	fmt.Printf("features %x\n", sum)
	return nil
}

func batchOf(set *pictures.Set, n int) core.Batch {
	h, w, c := set.Shape()
	return core.Batch{N: n, H: h, W: w, C: c, Data: make([]byte, n*h*w*c)}
}

func checksum(trainer *train.Trainer, set *pictures.Set) (uint64, error) {
	first := make([]int64, encoded)
	for i := range first {
		first[i] = int64(i)
	}
	batch := batchOf(set, encoded)
	if err := set.Read(first, batch); err != nil {
		return 0, err
	}
	dim, err := trainer.Dim(train.EncodeOptions{})
	if err != nil {
		return 0, err
	}
	features := make([]float32, encoded*dim)
	if err := trainer.Encode(batch, train.EncodeOptions{}, features); err != nil {
		return 0, err
	}
	h := fnv.New64a()
	for _, f := range features {
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(f)))
	}
	return h.Sum64(), nil
}
