"""Random views of pictures: operations, compositions of them, and papers' presets.

A pipeline is a value: one JSON document (``pipe.spec``) describes it, and what it
makes of a picture depends on seed, epoch, the picture's index, the view's number
and that document alone, not on the batch or the number of threads.
"""

from __future__ import annotations

from ._loader import Batch, Loader
from ._operations import (
    CenterCrop,
    ColorJitter,
    Cutout,
    Equalize,
    GaussianBlur,
    GaussianNoise,
    Grayscale,
    HorizontalFlip,
    OneOf,
    Operation,
    Posterize,
    RandomCrop,
    RandomOrder,
    RandomResizedCrop,
    Resize,
    Rotate,
    RotateRight,
    Sobel,
    Solarize,
    VerticalFlip,
)
from ._overlap import Overlap, overlap
from ._pipeline import Compose, Pipeline, from_spec
from ._presets import barlow_twins, byol, moco_v1, moco_v2, simclr, test, weak

__all__ = [
    "Batch",
    "CenterCrop",
    "ColorJitter",
    "Compose",
    "Cutout",
    "Equalize",
    "GaussianBlur",
    "GaussianNoise",
    "Grayscale",
    "HorizontalFlip",
    "Loader",
    "OneOf",
    "Operation",
    "Overlap",
    "Pipeline",
    "Posterize",
    "RandomCrop",
    "RandomOrder",
    "RandomResizedCrop",
    "Resize",
    "Rotate",
    "RotateRight",
    "Sobel",
    "Solarize",
    "VerticalFlip",
    "barlow_twins",
    "byol",
    "from_spec",
    "moco_v1",
    "moco_v2",
    "overlap",
    "simclr",
    "test",
    "weak",
]
