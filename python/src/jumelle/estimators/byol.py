"""BYOL."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from ._base import Estimator


@dataclasses.dataclass(kw_only=True, eq=False, repr=False)
class BYOL(Estimator):
    """Learns to predict what a slowly moving network says (Grill et al. 2020).

    From one view, a prediction head on the projection predicts the projection that a
    target network makes of the other view (``jumelle.losses.byol``, both directions).
    The target's parameters are a moving average; there are no negatives.

    Parameters
    ----------
    momentum : float, optional
        The weight of the target's old parameters at the start; it rises to 1.
        None: 0.9 up to 30 epochs, else 0.99 ("paper": its own by the epochs).
    projection : tuple of int, optional
        Widths of the projection head's layers; the last is the embedding's.
        None: (1024, 256) ("paper": (4096, 256)).
    prediction : tuple of int, optional
        The same of the prediction head, which ends as wide as the projection. None:
        as the projection's. () leaves the head out, and the run collapses.
    {shared}

    Examples
    --------
    >>> import jumelle as jm
    >>> images, _ = jm.datasets.shapes(64, size=32, seed=0)
    >>> model = jm.BYOL(epochs=1, batch_size=32, verbose=False).fit(images)
    >>> model.transform(images).shape
    (64, 256)
    """

    momentum: float | None = None
    projection: Sequence[int] | None = None
    prediction: Sequence[int] | None = None

    _method: ClassVar[str] = "byol"
