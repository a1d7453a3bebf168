"""MoCo."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from ._base import Estimator


@dataclasses.dataclass(kw_only=True, eq=False, repr=False)
class MoCo(Estimator):
    """Learns against keys that a slowly moving encoder made (He et al. 2020).

    Versions 1 and 2 compare each view with the key of the picture's other view and
    with a queue of earlier keys (``jumelle.losses.info_nce_queue``); version 3 has no
    queue, both directions and a prediction head (``jumelle.losses.info_nce``).

    Parameters
    ----------
    version : {1, 2, 3}
    queue : int, optional
        Keys in the queue, versions 1 and 2. None: 4096, and at most half as many as
        there are pictures ("paper": 65536).
    momentum : float, optional
        The weight of the key encoder's old parameters. None: 0.99 ("paper": 0.999).
    temperature : float, optional
        Divides the cosine similarities. None: 0.07 for version 1, else 0.2.
    projection : tuple of int, optional
        Widths of the projection head's layers; the last is the embedding's.
    {shared}

    Examples
    --------
    >>> import jumelle as jm
    >>> images, _ = jm.datasets.shapes(64, size=32, seed=0)
    >>> model = jm.MoCo(epochs=1, batch_size=32, verbose=False).fit(images)
    >>> model.spec_["queue"]
    32
    """

    version: int = 2
    queue: int | None = None
    momentum: float | None = None
    temperature: float | None = None
    projection: Sequence[int] | None = None

    _method: ClassVar[str] = "moco"
