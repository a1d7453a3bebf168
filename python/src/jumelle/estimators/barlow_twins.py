"""Barlow Twins."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from ._base import Estimator


@dataclasses.dataclass(kw_only=True, eq=False, repr=False)
class BarlowTwins(Estimator):
    """Learns features whose values agree between views and do not repeat each other.

    The cross-correlation of the two views' embeddings is brought to the identity
    (``jumelle.losses.barlow_twins``; Zbontar et al. 2021).

    Parameters
    ----------
    off_diagonal_weight : float, optional
        Of the redundancy term. None: 1/D for a projection of D values ("paper":
        0.0051).
    projection : tuple of int, optional
        Widths of the projection head's layers; the last is the embedding's.
        None: (1024, 1024, 1024) ("paper": 8192 each).
    {shared}

    Examples
    --------
    >>> import jumelle as jm
    >>> images, _ = jm.datasets.shapes(64, size=32, seed=0)
    >>> params = {"epochs": 1, "batch_size": 32, "projection": (64, 64)}
    >>> model = jm.BarlowTwins(**params, verbose=False).fit(images)
    >>> model.spec_["off_diagonal_weight"] == 1 / 64
    True
    """

    off_diagonal_weight: float | None = None
    projection: Sequence[int] | None = None

    _method: ClassVar[str] = "barlow_twins"
