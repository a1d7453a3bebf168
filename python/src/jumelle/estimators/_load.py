"""Reading back what an estimator saved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .. import _check
from ..errors import InvalidArgument
from ._base import Estimator
from ._run import Run
from .barlow_twins import BarlowTwins
from .byol import BYOL
from .moco import MoCo
from .simclr import SimCLR

# The class of each method of a run's document.
METHODS: dict[str, type[Estimator]] = {
    kind._method: kind for kind in (SimCLR, MoCo, BYOL, BarlowTwins)
}


def load(path: str | os.PathLike[str]) -> Any:
    """Read a model that ``save`` wrote, or the folder of ``fit(checkpoint=...)``.

    Parameters
    ----------
    path : path
        Of the .npz file, or of a folder with model.npz.

    Returns
    -------
    model : the estimator that was saved
        Its parameters are those of the run's document; more steps may follow.

    Raises
    ------
    FileError
        The file cannot be read.
    InvalidArgument
        It is no checkpoint.

    Examples
    --------
    >>> import os, tempfile
    >>> import jumelle as jm
    >>> images, _ = jm.datasets.shapes(16, size=32, seed=0)
    >>> model = jm.RandomEncoder().fit(images)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(os.path.join(folder, "model.npz"))
    ...     same = jm.load(os.path.join(folder, "model.npz"))
    >>> bool((same.transform(images) == model.transform(images)).all())
    True
    """
    run = Run.load(Path(_check.path("load", "path", path)))
    method = run.spec["method"]
    if method not in METHODS:
        raise InvalidArgument(
            f"load: path: want a model of one of {', '.join(METHODS)}, got {method}"
        )
    return METHODS[method]()._adopt(run)
