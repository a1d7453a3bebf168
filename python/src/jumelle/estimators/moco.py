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
    norm_splits : int, optional
        Parts of a batch that are normalised apart, versions 1 and 2, in place of the
        paper's 8 devices. None: 8, and fewer so that a part has 32 pictures.
    momentum : float, optional
        The weight of the key encoder's old parameters; in version 3 it rises to 1.
        None: 0.99 ("paper": 0.999 for versions 1 and 2).
    temperature : float, optional
        Divides the cosine similarities. None: 0.07 for version 1, else 0.2 ("paper":
        1 for version 3).
    projection : tuple of int, optional
        Widths of the projection head's layers; the last is the embedding's. None:
        (128,) for version 1, (features, 128) for version 2, (1024, 256) for version 3
        ("paper": (4096, 256) for version 3).
    prediction : tuple of int, optional
        The same of the prediction head of version 3. None: as the projection's.
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
    norm_splits: int | None = None
    momentum: float | None = None
    temperature: float | None = None
    projection: Sequence[int] | None = None
    prediction: Sequence[int] | None = None

    _method: ClassVar[str] = "moco"
