"""Arguments, turned into what the library takes, or refused by name."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import DTypeError, InvalidArgument

Array = np.ndarray[Any, Any]
FLOAT32 = np.dtype(np.float32)
_MOST_THREADS = 4096  # the library's own limit


def shape_text(shape: Sequence[int]) -> str:
    """Write a shape as NumPy does: ``(3,)``, ``(256, 128)``."""
    return str(tuple(int(n) for n in shape))


def kind(value: object) -> str:
    """Say what came: an array's dtype and shape, else the type's name."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {shape_text(value.shape)}"
    return type(value).__name__


def as_array(op: str, name: str, value: object, want: str) -> Array:
    """Take an array, a list, or what can be seen as one, such as a tensor."""
    if isinstance(value, np.ndarray):
        return value
    if not hasattr(value, "__array__") and not isinstance(value, (list, tuple)):
        raise InvalidArgument(f"{op}: {name}: want {want}, got {kind(value)}")
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as error:  # ragged lists, tensors on a device
        raise InvalidArgument(f"{op}: {name}: want {want}: {error}") from error


def pictures(op: str, name: str, value: object) -> npt.NDArray[np.uint8]:
    """Take pictures, uint8 (n, h, w, c) or (n, h, w); give (n, h, w, c), contiguous."""
    want = "uint8 pictures (n, h, w, c) or (n, h, w)"
    array = as_array(op, name, value, want)
    if not array.size and not isinstance(value, np.ndarray):
        raise InvalidArgument(f"{op}: {name}: want {want}, got nothing")
    if array.dtype != np.uint8:
        raise DTypeError(f"{op}: {name}: want {want}, got {kind(array)}")
    if array.ndim == 3:
        array = array[..., None]
    if array.ndim != 4 or array.shape[3] not in (1, 3) or 0 in array.shape[1:]:
        raise InvalidArgument(
            f"{op}: {name}: want {want} with c = 1 or 3, got {kind(value)}"
        )
    return np.ascontiguousarray(array)


def floats(
    op: str,
    name: str,
    value: object,
    want: str,
    shape: tuple[int, ...] | None = None,
) -> npt.NDArray[np.float32]:
    """Take float32 or float64, of this shape or of any; give float32, contiguous."""
    array = as_array(op, name, value, want)
    if array.dtype not in (np.float32, np.float64):
        raise DTypeError(f"{op}: {name}: want {want}, got {kind(array)}")
    if shape is not None and array.shape != shape:
        raise InvalidArgument(
            f"{op}: {name}: want shape {shape_text(shape)}, "
            f"got {shape_text(array.shape)}"
        )
    if array.dtype == FLOAT32 and array.flags.c_contiguous and array.flags.aligned:
        return array
    with np.errstate(over="ignore"):  # the library names what is not finite
        return np.array(array, FLOAT32, order="C")


def features(
    op: str, name: str, value: object, shape: tuple[int, ...] | None = None
) -> npt.NDArray[np.float32]:
    """Take float32 or float64 (n, d); give float32, contiguous."""
    want = "float32 or float64 (n, d)"
    array = as_array(op, name, value, want)
    if array.ndim != 2 and array.dtype in (np.float32, np.float64):
        raise InvalidArgument(
            f"{op}: {name}: want shape (n, d), got {shape_text(array.shape)}"
        )
    return floats(op, name, array, want, shape)


def integers(
    op: str, name: str, value: object, n: int | None = None, high: int = 2**63 - 1
) -> npt.NDArray[np.int64]:
    """Take whole numbers (n,), each 0 to high; give int64, contiguous."""
    array = as_array(op, name, value, "whole numbers (n,)")
    if array.dtype.kind not in "iu" and array.size:
        raise DTypeError(f"{op}: {name}: want whole numbers (n,), got {kind(array)}")
    if array.ndim != 1 or (n is not None and len(array) != n):
        want = f"({n},)" if n is not None else "(n,)"
        raise InvalidArgument(
            f"{op}: {name}: want shape {want}, got {shape_text(array.shape)}"
        )
    if array.size and (array.min() < 0 or array.max() > high):
        worst = array.min() if array.min() < 0 else array.max()
        raise InvalidArgument(f"{op}: {name}: want 0 to {high}, got {worst}")
    return np.ascontiguousarray(array, dtype=np.int64)


def output(
    op: str, name: str, value: object, dtype: npt.DTypeLike, shape: tuple[int, ...]
) -> Array:
    """Take an array to fill: the right dtype and shape, contiguous, writable."""
    wanted = np.dtype(dtype)
    if not isinstance(value, np.ndarray):
        raise InvalidArgument(f"{op}: {name}: want an array, got {kind(value)}")
    if value.dtype != wanted:
        raise DTypeError(f"{op}: {name}: want {wanted}, got {kind(value)}")
    if value.shape != shape:
        raise InvalidArgument(
            f"{op}: {name}: want shape {shape_text(shape)}, "
            f"got {shape_text(value.shape)}"
        )
    if not (value.flags.c_contiguous and value.flags.writeable):
        what = "read-only" if value.flags.c_contiguous else "not contiguous"
        raise InvalidArgument(
            f"{op}: {name}: want a writable C-contiguous array, got one that is {what}"
        )
    return value


def integer(op: str, name: str, value: object, low: int, high: int) -> int:
    """Take one whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise InvalidArgument(f"{op}: {name}: want a whole number, got {value!r}")
    if not low <= int(value) <= high:
        raise InvalidArgument(f"{op}: {name}: want {low} to {high}, got {value}")
    return int(value)


def number(op: str, name: str, value: object) -> float:
    """Take one finite number; its range is the library's to judge."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InvalidArgument(f"{op}: {name}: want a number, got {value!r}")
    if not math.isfinite(value):
        raise InvalidArgument(f"{op}: {name}: want a finite number, got {value}")
    return float(value)


def seed(op: str, value: object) -> int:
    """Take a seed."""
    return integer(op, "seed", value, 0, 2**64 - 1)


def threads(op: str, value: object, name: str = "threads") -> int:
    """Take a number of threads; None is all cores, 0 for the library."""
    return 0 if value is None else integer(op, name, value, 1, _MOST_THREADS)


def path(op: str, name: str, value: object) -> str:
    """Take a path, as text."""
    if not isinstance(value, (str, os.PathLike)):
        raise InvalidArgument(f"{op}: {name}: want a path, got {kind(value)}")
    text = os.fsdecode(value)
    if not text or "\0" in text:
        raise InvalidArgument(f"{op}: {name}: want a path, got {text!r}")
    return text
