"""What the losses share: their inputs, the arrays to fill, the call."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _abi, _check
from ..errors import InvalidArgument

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Rows = tuple[int, int] | None


def pair(op: str, first: str, a: object, second: str, b: object) -> list[Floats]:
    """Take two inputs (n, d) of one shape."""
    x = _check.features(op, first, a)
    return [x, _check.features(op, second, b, x.shape)]


def others(op: str, name: str, value: object, d: int) -> Floats:
    """Take the candidates (m, d) that no anchor has for its own."""
    x = _check.features(op, name, value)
    if x.shape[1] != d:
        raise InvalidArgument(
            f"{op}: {name}: want shape (m, {d}), got {_check.shape_text(x.shape)}"
        )
    return x


def share(op: str, rows: object, n: int) -> tuple[int, int]:
    """Take the rows lo to hi - 1 of n; None is all, which is 0, 0 for the library."""
    if rows is None:
        return 0, 0
    if not isinstance(rows, (tuple, list)) or len(rows) != 2:
        raise InvalidArgument(f"{op}: rows: want (lo, hi), got {_check.kind(rows)}")
    lo = _check.integer(op, "rows[0]", rows[0], 0, n - 1)
    return lo, _check.integer(op, "rows[1]", rows[1], lo + 1, n)


def run(
    op: str,
    inputs: list[Any],
    options: Any,
    wanted: list[Floats],
    grad: bool,
    out: Any,
    accuracy: bool = False,
) -> tuple[Any, ...]:
    """Call a loss: the value, the gradients for the wanted inputs, the accuracy."""
    gradients = _gradients(op, inputs, wanted, grad, out)
    value, right = _abi.double(), _abi.double()
    _abi.call(
        f"{op}_accuracy" if accuracy else op,
        *map(_abi.npy, inputs),
        *(() if options is None else (_abi.ref(options),)),
        _abi.ref(value),
        *((_abi.ref(right),) if accuracy else ()),
        *map(_abi.npy, gradients),
    )
    result = (value.value, *gradients)
    return (*result, right.value) if accuracy else result


def classification(
    op: str, inputs: list[Floats], options: Any, shape: tuple[int, int]
) -> tuple[Floats, Labels]:
    """Call for the logits of this shape, and their labels."""
    logits, labels = np.empty(shape, np.float32), np.empty(shape[0], np.int64)
    outputs = _abi.npy(logits), _abi.npy(labels)
    _abi.call(op, *map(_abi.npy, inputs), _abi.ref(options), *outputs)
    return logits, labels


def _gradients(
    op: str, inputs: list[Any], wanted: list[Floats], grad: bool, out: Any
) -> list[Floats | None]:
    """Give the arrays to fill with gradients, or None for each."""
    if out is None:
        return [np.empty(x.shape, _check.FLOAT32) if grad else None for x in wanted]
    if not grad:
        raise InvalidArgument(f"{op}: out: want none where grad is False, got some")
    if len(wanted) == 1:
        given, names = [out], ["out"]
    else:
        if not isinstance(out, (tuple, list)) or len(out) != len(wanted):
            raise InvalidArgument(
                f"{op}: out: want {len(wanted)} arrays, got {_check.kind(out)}"
            )
        given, names = list(out), [f"out[{i}]" for i in range(len(wanted))]
    arrays: list[Floats | None] = []
    for name, array, x in zip(names, given, wanted, strict=True):
        _check.output(op, name, array, _check.FLOAT32, x.shape)
        taken = (y for y in (*inputs, *arrays) if y is not None)
        if any(np.may_share_memory(array, other) for other in taken):
            raise InvalidArgument(
                f"{op}: {name}: want memory of its own, got memory that another "
                "array has too"
            )
        arrays.append(array)
    return arrays
