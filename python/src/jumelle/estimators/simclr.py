"""SimCLR."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from ._base import Estimator


@dataclasses.dataclass(kw_only=True, eq=False, repr=False)
class SimCLR(Estimator):
    """Learns features in which two views of a picture are close (Chen et al. 2020).

    Each step makes two random views of every picture of a batch, encodes them, and
    lowers NT-Xent (``jumelle.losses.nt_xent``) between the projections of the two.
    Afterwards the encoder's features are used, and the projection is left aside.

    Parameters
    ----------
    temperature : float, optional
        Divides the cosine similarities in the loss. None: 0.5 ("paper": 0.1).
    projection : tuple of int, optional
        Widths of the projection head's layers; the last is the embedding's.
        None: (256, 128) ("paper": that of the features, 128).
    {shared}

    Examples
    --------
    >>> import jumelle as jm
    >>> images, _ = jm.datasets.shapes(64, size=32, seed=0)
    >>> model = jm.SimCLR(epochs=1, batch_size=32, verbose=False).fit(images)
    >>> model.transform(images).shape
    (64, 256)
    """

    temperature: float | None = None
    projection: Sequence[int] | None = None

    _method: ClassVar[str] = "simclr"
