"""Pictures with labels that a run is judged by while it goes on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import _check
from ..errors import InvalidArgument
from ..images import Images, images_of

if TYPE_CHECKING:
    from ._run import Run

NEIGHBOURS = 20  # that vote: few, as a held-out slice is small

_WANT = "a pair (images, labels), or a folder with one sub-folder a class"


class HeldOut:
    """A slice of labelled pictures: every other one is classified by the rest.

    Parameters
    ----------
    source : (images, labels), or anything that Images takes and that has labels
    size : int or None
        Of pictures that must be decoded.
    """

    last = math.nan  # the accuracy measured last

    def __init__(self, source: Any, size: int | None) -> None:
        pair = isinstance(source, tuple) and len(source) == 2
        images = images_of(source[0] if pair else source, size=size)
        labels = source[1] if pair else images.labels
        if labels is None:
            raise InvalidArgument(f"fit: held_out: want {_WANT}, got no labels")
        if len(images) < 2:
            raise InvalidArgument(
                f"fit: held_out: want at least 2 pictures, got {len(images)}"
            )
        self._images: Images = images
        self._labels: npt.NDArray[np.int64] = _check.integers(
            "fit", "held_out", labels, len(images)
        )

    def accuracy(self, run: Run) -> float:
        """Classify by the features that the run's encoder makes now."""
        from ..evaluate import knn  # it needs the estimators

        features = run.encode(self._images)
        bank, asked = slice(0, None, 2), slice(1, None, 2)
        result = knn(
            features[bank],
            self._labels[bank],
            features[asked],
            self._labels[asked],
            k=NEIGHBOURS,
        )
        self.last = float(result["accuracy"])
        return self.last
