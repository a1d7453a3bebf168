// Command quickstart trains an encoder on a folder or a .npy file of pictures,
// from Go:  quickstart PICTURES OUT.npz
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/pictures"
	"github.com/jumelle/jumelle/methods/train"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: quickstart PICTURES OUT.npz")
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(source, out string) error {
	set, err := pictures.Open(source, pictures.Options{Size: 32, Channels: 3})
	if err != nil {
		return err
	}
	epochs, batch := 2, min(64, set.Len())
	trainer, err := train.New(fmt.Appendf(nil,
		`{"method": "simclr", "size": 32, "epochs": %d, "batch_size": %d, "pictures": %d}`, epochs, batch, set.Len()))
	if err != nil {
		return err
	}
	defer trainer.Close()

	rows := make([]int64, batch)
	images := core.Batch{N: batch, H: 32, W: 32, C: 3, Data: make([]byte, batch*32*32*3)}
	for range epochs * (set.Len() / batch) {
		if err := trainer.Next(rows); err != nil {
			return err
		}
		if err := set.Read(rows, images); err != nil {
			return err
		}
		stats, err := trainer.Step(images)
		if err != nil {
			return err
		}
		fmt.Printf("step %d  loss %.4f\n", stats.Step, stats.Loss)
	}
	return trainer.Save(out)
}
