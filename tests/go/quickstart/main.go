// Quickstart learns features of a folder of photos (or a .npy file):
//
//	quickstart PHOTOS MODEL.npz
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
		log.Fatal("usage: quickstart PHOTOS MODEL.npz")
	}
	if err := learn(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func learn(photos, model string) error {
	const size, batch, epochs = 32, 64, 2
	images, err := pictures.Open(photos, pictures.Options{Size: size})
	if err != nil {
		return err
	}
	defer images.Close()
	spec := fmt.Sprintf(`{"method": "simclr", "size": %d, "batch_size": %d, "epochs": %d, "pictures": %d}`,
		size, batch, epochs, images.Len())
	trainer, err := train.New([]byte(spec))
	if err != nil {
		return err
	}
	defer trainer.Close()

	wanted := make([]int64, batch)
	in := core.Batch{N: batch, H: size, W: size, C: 3, Data: make([]byte, batch*size*size*3)}
	for range images.Len() / batch * epochs {
		if err := trainer.Next(wanted); err != nil {
			return err
		}
		if err := images.Read(wanted, in); err != nil {
			return err
		}
		stats, err := trainer.Step(in)
		if err != nil {
			return err
		}
		fmt.Printf("step %d: loss %.4f\n", stats.Step, stats.Loss)
	}
	features := make([]float32, batch*256)
	if err := trainer.Encode(in, train.EncodeOptions{}, features); err != nil {
		return err
	}
	return trainer.Save(model)
}
