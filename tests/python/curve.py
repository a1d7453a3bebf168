"""A training run from Python: the pictures of a .npy file, a document, some steps.

    python curve.py PICTURES.npy SPEC.json STEPS

Prints what the C and the Go program of the same kind print: a line a step with the
loss as a hexadecimal float ("loss 1 0x1.62p+1"), every bit of it, and a checksum of
the features of the first pictures (FNV-1a, 64 bits).
"""

import json
import sys

import numpy as np

import jumelle as jm
from jumelle.estimators._trainer import Trainer

ENCODED = 32


def fnv1a(data: bytes) -> int:
    """Hash bytes."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & (2**64 - 1)
    return value


def main(pictures: str, document: str, steps: str) -> None:
    """Train, and print the curve."""
    images = jm.Images(pictures)
    with open(document) as file:
        trainer = Trainer(json.load(file))
    for _ in range(int(steps)):
        stats = trainer.step(images.read(trainer.next()))
        print("loss", stats.step, stats.loss.hex())
    features = trainer.encode(images[:ENCODED], block=0, projected=False)
    print("features", format(fnv1a(np.asarray(features, "<f4").tobytes()), "x"))


if __name__ == "__main__":
    main(*sys.argv[1:])
