"""Losses as functions of arrays: the value in float64, the gradients in float32.

Inputs are float32 (n, d), C-contiguous. float64 and non-contiguous arrays are
converted, once; other dtypes raise DTypeError. Gradients come back as new arrays
or in those given as ``out``, which must be float32, contiguous and writable.
NaN or infinity in an input or in the loss raises NumericError.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _abi, _check
from .errors import InvalidArgument

__all__ = ["nt_xent"]

Floats = npt.NDArray[np.float32]


def nt_xent(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    temperature: float = 0.5,
    *,
    grad: bool = True,
    out: tuple[Floats, Floats] | None = None,
) -> tuple[float, Floats | None, Floats | None]:
    r"""Compute NT-Xent, SimCLR's loss of two views, and its gradients.

    With the 2n rows of a and b normalised to z, S = z zᵀ / temperature, and p(i)
    the other view of row i,

    L = 1/(2n) Σᵢ [ log Σ_{k≠i} exp Sᵢₖ − Sᵢ,ₚ₍ᵢ₎ ]

    the mean over the 2n anchors, as in the paper (Chen et al. 2020). It is computed
    tile by tile in O(n d) memory, with the same bits for any number of threads.

    Parameters
    ----------
    a, b : float32 (n, d)
        Embeddings of two views, rows in the same order, n at least 2.
    temperature : float
        Divides the cosine similarities.
    grad : bool
        False skips the gradients: None takes their places.
    out : tuple of two float32 (n, d), optional
        Arrays to fill with the gradients.

    Returns
    -------
    loss : float
    ga, gb : float32 (n, d), or None
        d loss / d a and d loss / d b.

    Raises
    ------
    InvalidArgument
        Shapes that differ, fewer than two rows, a temperature below 1e-8.
    DTypeError
        Another dtype than float32 or float64.
    NumericError
        A value that is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> same = np.ones((4, 8), np.float32)
    >>> loss, ga, gb = jm.losses.nt_xent(same, same)
    >>> round(loss, 6)  # ln 7: nothing tells the rows apart
    1.94591
    """
    first = _check.features("nt_xent", "a", a)
    second = _check.features("nt_xent", "b", b, first.shape)
    options = _abi.NtXentOptions(
        temperature=_check.number("nt_xent", "temperature", temperature)
    )
    gradients = _gradients("nt_xent", grad, out, (first, second))
    loss = _abi.double()
    _abi.call(
        "nt_xent",
        _abi.npy(first),
        _abi.npy(second),
        _abi.ref(options),
        _abi.ref(loss),
        *map(_abi.npy, gradients),
    )
    return loss.value, gradients[0], gradients[1]


def _gradients(
    op: str, grad: bool, out: Any, inputs: tuple[Floats, ...]
) -> list[Floats | None]:
    """Give the arrays that a loss fills with its inputs' gradients, or None."""
    if out is None:
        return [np.empty(x.shape, np.float32) if grad else None for x in inputs]
    if not grad:
        raise InvalidArgument(f"{op}: out: want none where grad is False, got some")
    if not isinstance(out, (tuple, list)) or len(out) != len(inputs):
        raise InvalidArgument(
            f"{op}: out: want {len(inputs)} arrays, got {_check.kind(out)}"
        )
    arrays: list[Floats] = []
    for i, (array, x) in enumerate(zip(out, inputs, strict=True)):
        _check.output(op, f"out[{i}]", array, np.float32, x.shape)
        if any(np.may_share_memory(array, other) for other in (*inputs, *arrays)):
            raise InvalidArgument(
                f"{op}: out[{i}]: want memory of its own, got memory that another "
                "array has too"
            )
        arrays.append(array)
    return list(arrays)
