"""Pictures decoded once, into a file that is mapped into memory."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from . import _check
from .errors import FileError, InvalidArgument
from .images import Images, Pictures

__all__ = ["pack"]


def pack(
    source: object,
    out: str | os.PathLike[str],
    size: int | None = None,
    channels: int = 3,
) -> Images:
    """Decode pictures once, each file one time, into a .npy file.

    Opening that file maps it into memory: views and training read it as fast as an
    array. Files that turn out to be broken are left out.

    Paths, labels and classes go beside it, into a file with ".json" appended, and
    come back when the .npy file is opened. Both are written under another name
    first: nothing half-written is left.

    Parameters
    ----------
    source : anything that Images takes
    out : path
        Of the .npy file.
    size : int, optional
        As for Images.
    channels : {3, 1}

    Returns
    -------
    images : Images
        The new file, opened.

    Raises
    ------
    FileError
        The source cannot be read, or the file not be written.

    Examples
    --------
    >>> import os, tempfile
    >>> import jumelle as jm
    >>> pictures, _ = jm.datasets.shapes(8, size=32, seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     jm.pack(pictures, os.path.join(folder, "shapes.npy"), size=16).shape
    (8, 16, 16, 3)
    """
    path = _check.path("pack", "out", out)
    if not path.endswith(".npy"):
        raise InvalidArgument(f"pack: out: want a path that ends in .npy, got {path!r}")
    images = source
    if not isinstance(images, Images):
        images = Images(source, size, channels, check=False)
    if images._handle is not None:
        images._call("images_pack", images._handle, os.fsencode(path))
    else:
        _write(path, images.array())
        Path(f"{path}.json").unlink(missing_ok=True)  # an older file's
    return Images(path, channels=images.shape[3])


def _write(path: str, array: Pictures) -> None:
    """Write a .npy file that is either whole or not there."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        try:
            with open(temporary, "xb") as file:
                np.save(file, array, allow_pickle=False)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileError(f"pack: out: cannot write {path}: {error}") from error
