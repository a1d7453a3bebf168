"""Pictures from arrays, .npy files and folders, as rows of uint8."""

from __future__ import annotations

import json
import os
import threading
import warnings
from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from . import _abi, _check
from .errors import InvalidArgument

__all__ = ["Images"]

Pictures = npt.NDArray[np.uint8]

_MAX_SIDE = 2**15


class Images:
    """Pictures that are read when asked for.

    Parameters
    ----------
    source : array, path or list of paths
        uint8 (n, h, w, c) or (n, h, w); the path of a .npy file with such an array,
        which is mapped into memory; a folder of picture files, with one sub-folder
        a class if they have labels; a list of picture files.
    size : int, optional
        Resizes the shorter side to it and crops the centre square, in pixels.
        None: as stored. Then pictures may differ in size: a pipeline makes views of
        them, and one at a time can be read, but not several into one array.
    channels : {3, 1}
        Gray pictures are given three equal channels; colours become gray.
    check : bool, optional
        Whether to decode every file now, so that broken ones are left out. False:
        headers are read, in about a thirtieth of the time. None: decode
        them if they have at most 2**27 pixels, which takes a second or two.

    Attributes
    ----------
    shape : tuple of int
        (n, h, w, c); h and w are 0 where sizes differ.
    sizes : int64 (n, 2)
        Height and width of each picture.
    paths : list of str, or None
        The file of each picture.
    labels : int64 (n,), or None
        The class of each picture, where a folder has sub-folders.
    classes : list of str, or None
        The name of each class.
    problems : list of (path, reason)
        What could not be read. One bad file is no error; the rest goes on.

    Raises
    ------
    FileError
        The path cannot be read, or holds no readable picture.
    InvalidArgument, DTypeError
        An array of another shape or dtype.

    Warns
    -----
    UserWarning
        When a file whose header was sound turns out to be broken as it is read. It
        is among the problems from then on; its picture keeps its number and is
        black. ``check=True`` and ``pack`` leave it out.

    Notes
    -----
    Decoded pictures stay in memory, up to 1 GiB; of more, the rest is decoded again
    at each use. ``pack`` decodes for good. Threads may share Images: they wait for
    each other.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> images = jm.Images(np.zeros((10, 32, 32, 3), np.uint8))
    >>> len(images), images[3:9].shape
    (10, (6, 32, 32, 3))
    """

    def __init__(
        self,
        source: object,
        size: int | None = None,
        channels: int = 3,
        check: bool | None = None,
    ) -> None:
        if channels not in (1, 3):
            raise InvalidArgument(f"images: channels: want 1 or 3, got {channels!r}")
        if size is not None:
            size = _check.integer("images", "size", size, 1, _MAX_SIDE)
        if check not in (None, True, False):
            raise InvalidArgument(
                f"images: check: want True, False or None, got {check!r}"
            )
        self._size, self._channels, self._check = size, int(channels), check
        self._array: Pictures | None = None
        self._handle: _abi.Handle | None = None
        self._source: str | list[str] | None = None
        if isinstance(source, Images):
            raise InvalidArgument("images: source: want a path or array, got Images")
        if isinstance(source, (str, os.PathLike)):
            self._source = _check.path("images", "source", source)
        elif _is_paths(source):
            self._source = [_check.path("images", "source", p) for p in source]
        if self._source is not None:
            self._open(self._source)
        else:
            self._array = _check.pictures("images", "source", source)
            if not len(self._array):
                raise InvalidArgument(
                    "images: source: want pictures, got an empty array"
                )
            self._about: dict[str, Any] = {}
            n, h, w = self._array.shape[:3]
            h, w = (size, size) if size else (h, w)
            self.shape: tuple[int, int, int, int] = (n, h, w, self._channels)

    def _open(self, source: str | list[str]) -> None:
        check = {None: 0, True: 1, False: -1}[self._check]
        options = _abi.ImagesOptions(
            size=self._size or 0, channels=self._channels, check=check
        )
        if isinstance(source, list):
            arguments: tuple[Any, ...] = (_abi.strings(source), len(source))
            name = "images_open_files"
        else:
            arguments, name = (os.fsencode(source),), "images_open"
        self._handle = _abi.Handle("images", name, *arguments, _abi.ref(options))
        self._lock = threading.Lock()
        about = dict(json.loads(_abi.text("images_describe", self._handle)))
        self._problems = [(path, why) for path, why in about.pop("problems")]
        self._about = about
        self.shape = (about["n"], about["h"], about["w"], about["c"])

    def _call(self, name: str, *arguments: Any) -> list[tuple[str, str]]:
        """Call a function that may decode; give the problems that it found."""
        with self._lock:  # a handle is one thread's at a time
            _abi.call(name, *arguments)
            known = len(self._problems)
            more = json.loads(_abi.text("images_problems", self._handle, known))
            self._problems += [(path, why) for path, why in more]
            return self._problems[known:]

    def decode(self, name: str, *arguments: Any) -> None:
        """Call a function that decodes; warn of files that it found broken."""
        broken = self._call(name, *arguments)
        if broken:
            path, why = broken[0]
            warnings.warn(
                f"images: {len(broken)} broken files are black pictures, the first: "
                f"{path}: {why}",
                stacklevel=4,
            )

    @property
    def paths(self) -> list[str] | None:
        """The file of each picture; None for arrays."""
        return self._about.get("paths")

    @property
    def labels(self) -> npt.NDArray[np.int64] | None:
        """The class of each picture, int64 (n,); None where there are none."""
        labels = self._about.get("labels")
        return None if labels is None else np.asarray(labels, np.int64)

    @property
    def classes(self) -> list[str] | None:
        """The name of each class; None where there are none."""
        return self._about.get("classes")

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What could not be read: (path, reason)."""
        return [] if self._handle is None else list(self._problems)

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Height and width of each picture, int64 (n, 2)."""
        sizes = np.empty((len(self), 2), np.int64)
        if self.shape[1]:
            sizes[:] = self.shape[1:3]
        else:
            with self._lock:
                _abi.call("images_sizes", self._handle, _abi.npy(sizes))
        return sizes

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        n, h, w, c = self.shape
        size = f"{h}x{w}x{c}" if h else f"several sizes, {c} channels"
        problems = f", {len(self.problems)} problems" if self.problems else ""
        return f"<jumelle.Images: {n} pictures of {size}{problems}>"

    def __getitem__(self, key: Any) -> Pictures:
        """Read one picture (h, w, c), or those of a slice or an index array.

        As with an array, more indices may follow: ``images[3:9, :16]``.
        """
        first, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        rows = np.arange(len(self))[first]  # raises IndexError as an array does
        if rows.ndim > 1:
            raise IndexError(f"images: want one index or many, got {rows.shape}")
        batch = self.read(np.atleast_1d(rows))
        picked: Pictures = batch[0] if rows.ndim == 0 else batch
        if rest:
            picked = picked[rest if rows.ndim == 0 else (slice(None), *rest)]
        return picked

    def read(self, indices: npt.ArrayLike) -> Pictures:
        """Read pictures in any order.

        Parameters
        ----------
        indices : int (m,)
            Each 0 to n - 1.

        Returns
        -------
        pictures : uint8 (m, h, w, c)

        Raises
        ------
        InvalidArgument
            An index out of range; pictures of several sizes.
        FileError
            A file is gone, or its disk fails.
        """
        rows = _check.integers("images_read", "indices", indices, high=len(self) - 1)
        if self._array is not None:
            batch = self._array[rows]
            if self._size and batch.shape[1:3] != (self._size, self._size):
                batch = _resized(batch, self._size)
            return with_channels(batch, self._channels)
        h, w = self.shape[1:3]
        if len(rows) and not h:
            h, w = self.sizes[rows[0]]
        out = np.empty((len(rows), h, w, self._channels), np.uint8)
        if len(rows):
            arguments = self._handle, _abi.npy(rows), _abi.npy(out)
            self.decode("images_read", *arguments)
        return out

    def array(self) -> Pictures:
        """Read everything: uint8 (n, h, w, c). An array that fits is given as it is."""
        if self._array is not None and self._array.shape == self.shape:
            return self._array
        self.one_size("images_read")
        out = np.empty(self.shape, np.uint8)
        for first in range(0, len(self), 256):
            rows = np.arange(first, min(first + 256, len(self)))
            out[rows] = self.read(rows)
        return out

    def one_size(self, op: str) -> None:
        """Refuse pictures of several sizes where op needs one."""
        if not self.shape[1]:
            sizes = np.unique(self.sizes, axis=0)
            (h, w), (h2, w2) = sizes[0], sizes[-1]
            raise InvalidArgument(
                f"{op}: size: want pictures of one size, or a size to bring them to, "
                f"got {len(sizes)} sizes from {h}x{w} to {h2}x{w2}"
            )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """Be seen as an array by NumPy and scikit-learn."""
        array = self.array()
        if copy or (dtype is not None and array.dtype != dtype):
            return array.astype(dtype or array.dtype)
        return array

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state["_handle"] = None  # opened again where it is unpickled
        state.pop("_lock", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self._source is not None:
            self._open(self._source)


def images_of(source: object, size: int | None = None, channels: int = 3) -> Images:
    """Take Images as they are, and make Images of anything else, of one size.

    size is for files that must be decoded; arrays and .npy files stay as stored.
    """
    if isinstance(source, Images):
        source.one_size("images")
        return source
    files = _is_paths(source) or (
        isinstance(source, (str, os.PathLike)) and not str(source).endswith(".npy")
    )
    images = Images(source, size=size if files else None, channels=channels)
    images.one_size("images")
    return images


def images_as_they_are(op: str, source: object) -> Images:
    """Take Images as they are, and make Images of anything else, as stored.

    Gray arrays stay gray, as in a pipeline.
    """
    if isinstance(source, Images):
        return source
    if hasattr(source, "__array__"):
        array = _check.pictures(op, "images", source)
        return Images(array, channels=array.shape[3])
    return Images(source)


def with_channels(batch: Pictures, channels: int) -> Pictures:
    """Give pictures (n, h, w, c) one or three channels."""
    if batch.shape[3] == channels:
        return batch
    if channels == 3:
        return np.repeat(batch, 3, axis=3)
    # The library's gray of files and views, to the bit: in float32, cut off.
    weights = np.asarray([0.2989, 0.587, 0.114], np.float32)
    red, green, blue = (batch[..., i] * weights[i] for i in range(3))
    gray: Pictures = (red + green + blue)[..., None].astype(np.uint8)
    return gray


def _is_paths(source: object) -> TypeGuard[Sequence[str | os.PathLike[str]]]:
    return (
        isinstance(source, Sequence)
        and not isinstance(source, (str, bytes))
        and len(source) > 0
        and all(isinstance(p, (str, os.PathLike)) for p in source)
    )


def _resized(batch: Pictures, size: int) -> Pictures:
    """Resize the shorter side and crop the centre, as for files."""
    if not len(batch):
        return np.empty((0, size, size, batch.shape[3]), np.uint8)
    from .augment import CenterCrop, Compose, Resize

    pipe = Compose([Resize(size), CenterCrop(size)], size=size)
    return np.asarray(pipe(batch, views=1)[0])
