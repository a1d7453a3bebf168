"""A pipeline: its document, and the views it makes."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _abi, _check
from ..errors import InvalidArgument
from ..images import Images
from ._operations import Operation, _plain

Pictures = npt.NDArray[np.uint8]

_MAX_VIEWS = 65536
_MAX_EPOCH = 2**32 - 1


class Pipeline:
    """Makes random views of pictures.

    Parameters
    ----------
    spec : dict
        Its document: {"size": 32, "operations": [{"op": "HorizontalFlip"}, ...]}, or
        "views" with the operations of each view, or {"preset": "simclr", "size": 32}.

    Raises
    ------
    InvalidArgument
        An unknown field or operation, with the nearest known name; a value out of
        range.
    """

    def __init__(self, spec: Mapping[str, Any]) -> None:
        if not isinstance(spec, Mapping):
            raise InvalidArgument(
                f"pipeline: spec: want a dict, got {_check.kind(spec)}"
            )
        _refuse_nan("", spec)
        try:
            document = json.dumps(spec, allow_nan=False, default=_plain_or_fail)
        except (TypeError, ValueError) as error:
            raise InvalidArgument(f"pipeline: spec: {error}") from error
        self._open(document)

    def _open(self, document: str) -> None:
        self._handle = _abi.Handle("pipeline", "pipeline_new", document.encode())
        self._document = _abi.text("pipeline_spec", self._handle)
        self._size = int(self.spec["size"])

    @property
    def spec(self) -> dict[str, Any]:
        """The whole document, each default filled in."""
        return dict(json.loads(self._document))

    @property
    def size(self) -> int:
        """The side of the views, in pixels."""
        return self._size

    def __call__(
        self,
        array: Any,
        views: int = 2,
        seed: int = 0,
        epoch: int = 0,
        indices: npt.ArrayLike | None = None,
        out: Pictures | None = None,
        threads: int | None = None,
    ) -> Pictures:
        """Make views of pictures.

        Parameters
        ----------
        array : uint8 (n, h, w, c) or (n, h, w), or Images
            c = 1 or 3. Images of files are decoded where their views are made, each
            at its own size: they need not fit into memory.
        views : int
            The number v of views of each picture.
        seed, epoch : int
            Another epoch gives other views of the same pictures.
        indices : int (n,), optional
            The number of each picture in its data set, on which its views depend.
            None: 0 to n - 1. Of Images: which of them, and in which order.
        out : uint8 (v, n, size, size, c), optional
            An array to fill.
        threads : int, optional
            None: as ``jumelle.set_threads`` says. The bytes do not depend on it.

        Returns
        -------
        views : uint8 (v, n, size, size, c)

        Raises
        ------
        DTypeError
            Pictures of another dtype than uint8.
        InvalidArgument
            Another shape, or a number out of range.
        FileError
            A file of Images is gone, or its disk fails.
        """
        op = "pipeline_apply"
        v = _check.integer(op, "views", views, 1, _MAX_VIEWS)
        rows = None
        if isinstance(array, Images):
            if indices is not None:
                last = len(array) - 1
                rows = _check.integers(op, "indices", indices, high=last)
            n, c = len(array) if rows is None else len(rows), array.shape[3]
        else:
            array = _check.pictures(op, "array", array)
            n, c = len(array), array.shape[3]
            if indices is not None:
                rows = _check.integers(op, "indices", indices, n, high=_MAX_EPOCH)
        options = _abi.ViewsOptions(
            seed=_check.seed(op, seed),
            epoch=_check.integer(op, "epoch", epoch, 0, _MAX_EPOCH),
            threads=_check.threads(op, threads),
        )
        shape = (v, n, self.size, self.size, c)
        if out is None:
            out = np.empty(shape, np.uint8)
        else:
            _check.output(op, "out", out, np.uint8, shape)
        if not n:
            name = "indices" if isinstance(array, Images) else "array"
            raise InvalidArgument(f"{op}: {name}: want at least one picture, got none")
        how = _abi.npy(rows), _abi.ref(options), _abi.npy(out)
        if isinstance(array, Images):
            if array._handle is not None:
                handles = self._handle, array._handle
                array.decode("pipeline_apply_images", *handles, *how)
                return out
            array = array.array() if rows is None else array.read(rows)
        if np.may_share_memory(out, array):
            raise InvalidArgument(
                f"{op}: out: want memory of its own, got the pictures'"
            )
        _abi.call(op, self._handle, _abi.npy(array), *how)
        return out

    def explain(
        self,
        shape: tuple[int, int, int],
        index: int = 0,
        view: int = 0,
        seed: int = 0,
        epoch: int = 0,
    ) -> list[dict[str, Any]]:
        """Tell what was drawn for one view.

        Parameters
        ----------
        shape : (h, w, c)
            Of the picture.
        index, view : int
            The picture's index and the view's number.
        seed, epoch : int

        Returns
        -------
        drawn : list of dict
            An entry an operation, in the order in which they run: "op", "at" (its
            place in the document), "applied" (False: chance left it out), "values".
        """
        op = "pipeline_explain"
        if len(shape) != 3:
            raise InvalidArgument(f"{op}: shape: want (h, w, c), got {shape}")
        options = _abi.ViewsOptions(
            seed=_check.seed(op, seed),
            epoch=_check.integer(op, "epoch", epoch, 0, _MAX_EPOCH),
        )
        numbers = [_check.integer(op, "shape", side, 1, 2**31 - 1) for side in shape]
        numbers.append(_check.integer(op, "index", index, 0, _MAX_EPOCH))
        numbers.append(_check.integer(op, "view", view, 0, _MAX_VIEWS - 1))
        drawn = _abi.text(op, self._handle, *numbers, _abi.ref(options))
        return list(json.loads(drawn))

    def __repr__(self) -> str:
        return f"<jumelle pipeline {self._document}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pipeline) and self._document == other._document

    def __hash__(self) -> int:
        return hash(self._document)

    def __reduce__(self) -> tuple[Any, ...]:
        return from_spec, (self.spec,)


class Compose(Pipeline):
    """Runs operations one after another.

    Parameters
    ----------
    operations : list of operations
        Or a list of such lists, one for each view: view v uses entry v mod their
        number.
    size : int
        The side of the views, in pixels: what comes out of the last operation.

    Raises
    ------
    InvalidArgument
        A value out of range; operations that do not end in size x size pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from jumelle.augment import Compose, HorizontalFlip, RandomResizedCrop
    >>> pipe = Compose([RandomResizedCrop(scale=(0.2, 1)), HorizontalFlip()], size=24)
    >>> pipe(np.zeros((5, 32, 32, 3), np.uint8), views=2, seed=1).shape
    (2, 5, 24, 24, 3)
    """

    def __init__(self, operations: Sequence[Any], size: int) -> None:
        if isinstance(operations, Operation) or not isinstance(operations, Sequence):
            raise InvalidArgument(
                f"Compose: operations: want a list, got {_check.kind(operations)}"
            )
        listed = [
            [_operation(o) for o in entry]
            if isinstance(entry, (list, tuple))
            else _operation(entry)
            for entry in operations
        ]
        spec: dict[str, Any] = {"size": size}
        if listed and all(isinstance(entry, list) for entry in listed):
            spec["views"] = [{"operations": entry} for entry in listed]
        else:
            spec["operations"] = listed
        super().__init__(spec)


def from_spec(spec: Mapping[str, Any]) -> Pipeline:
    """Make a pipeline of its document.

    Parameters
    ----------
    spec : dict
        As ``Pipeline.spec`` gives it; fields left out take their defaults.

    Returns
    -------
    pipe : Pipeline

    Examples
    --------
    >>> import jumelle as jm
    >>> pipe = jm.augment.simclr(size=32)
    >>> jm.augment.from_spec(pipe.spec) == pipe
    True
    """
    return Pipeline(spec)


def _operation(entry: Any) -> Any:
    if isinstance(entry, Operation):
        return entry.spec
    if isinstance(entry, Mapping):
        return dict(entry)
    raise InvalidArgument(
        f"Compose: operations: want operations, got {_check.kind(entry)}"
    )


def _refuse_nan(at: str, value: Any) -> None:
    """Name the place of what JSON cannot hold."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _refuse_nan(f"{at}.{name}" if at else str(name), inner)
    elif isinstance(value, (list, tuple)):
        for i, inner in enumerate(value):
            _refuse_nan(f"{at}[{i}]", inner)
    elif isinstance(value, numbers.Real) and not math.isfinite(value):
        raise InvalidArgument(f"pipeline: {at}: want a finite number, got {value}")


def _plain_or_fail(value: Any) -> Any:
    plain = _plain(value)
    if plain is value:
        raise TypeError(f"want plain values, got {_check.kind(value)}")
    return plain
