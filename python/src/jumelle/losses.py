"""Losses as functions of arrays: the value in float64, the gradients in float32.

Inputs are float32 (n, d), C-contiguous. float64 and non-contiguous arrays are
converted, once; other dtypes raise DTypeError, and NaN or infinity NumericError.
Losses of cosines normalise the rows; a row of zeros counts as orthogonal to all.
Sums are in float64 and in a fixed order: the same bits for any number of threads.

``grad=False`` skips the gradients: None takes their places. ``out`` gives the arrays
to fill with them: float32, contiguous, writable, with memory of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _abi, _check
from .errors import InvalidArgument

__all__ = ["barlow_twins", "byol", "info_nce", "info_nce_queue", "nt_xent"]

Floats = npt.NDArray[np.float32]
Pair = tuple[float, Floats | None, Floats | None]


def nt_xent(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    temperature: float = 0.5,
    *,
    grad: bool = True,
    out: tuple[Floats, Floats] | None = None,
) -> Pair:
    r"""Compute NT-Xent, SimCLR's loss of two views, and its gradients.

    With the 2n rows of a and b normalised to z, S = z zᵀ / temperature, and p(i)
    the other view of row i,

    L = 1/(2n) Σᵢ [ log Σ_{k≠i} exp Sᵢₖ − Sᵢ,ₚ₍ᵢ₎ ]

    the mean over the 2n anchors, as in the paper (Chen et al. 2020). It is computed
    tile by tile, in O(n d) memory.

    Parameters
    ----------
    a, b : float32 (n, d)
        Embeddings of two views, rows in the same order, n at least 2.
    temperature : float
        Divides the cosine similarities.
    grad : bool
        False skips the gradients.
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
    x, y = _two("nt_xent", ("a", a), ("b", b))
    temperature = _check.number("nt_xent", "temperature", temperature)
    options = _abi.NtXentOptions(temperature=temperature)
    loss, (ga, gb) = _run("nt_xent", (x, y), options, (x, y), grad, out)
    return loss, ga, gb


def info_nce(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    temperature: float = 0.2,
    *,
    grad: bool = True,
    out: tuple[Floats, Floats] | None = None,
) -> Pair:
    """Compute InfoNCE in one direction: which of the n keys belongs to each query.

    With S = q̂ k̂ᵀ / temperature, L = 1/n Σᵢ [ log Σⱼ exp Sᵢⱼ − Sᵢᵢ ] (MoCo v3, CLIP).

    Parameters
    ----------
    q, k : float32 (n, d)
        Queries and keys, rows in the same order, n at least 2.
    temperature : float
        Divides the cosine similarities.
    grad : bool
        False skips the gradients.
    out : tuple of two float32 (n, d), optional
        Arrays to fill with the gradients.

    Returns
    -------
    loss : float
    gq, gk : float32 (n, d), or None
        d loss / d q and d loss / d k.

    Raises
    ------
    InvalidArgument, DTypeError, NumericError
        As for ``nt_xent``.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> same = np.ones((4, 8), np.float32)
    >>> round(jm.losses.info_nce(same, same)[0], 6)  # ln 4
    1.386294
    """
    x, y = _two("info_nce", ("q", q), ("k", k))
    temperature = _check.number("info_nce", "temperature", temperature)
    options = _abi.InfoNceOptions(temperature=temperature)
    loss, (gq, gk) = _run("info_nce", (x, y), options, (x, y), grad, out)
    return loss, gq, gk


def info_nce_queue(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    queue: npt.ArrayLike,
    temperature: float = 0.07,
    *,
    grad: bool = True,
    out: Floats | None = None,
) -> tuple[float, Floats | None]:
    """Compute MoCo's InfoNCE: each query's key against a queue of other keys.

    L = 1/n Σᵢ [ log( exp sᵢ + Σⱼ exp Sᵢⱼ ) − sᵢ ], with sᵢ = q̂ᵢ·k̂ᵢ / temperature and
    Sᵢⱼ the same with row j of the queue. Keys and queue are constants.

    Parameters
    ----------
    q, k : float32 (n, d)
        Queries and keys, rows in the same order.
    queue : float32 (m, d)
        The negatives of every query.
    temperature : float
        Divides the cosine similarities.
    grad : bool
        False skips the gradient.
    out : float32 (n, d), optional
        An array to fill with the gradient.

    Returns
    -------
    loss : float
    gq : float32 (n, d), or None
        d loss / d q.

    Raises
    ------
    InvalidArgument, DTypeError, NumericError
        As for ``nt_xent``.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> same = np.ones((4, 8), np.float32)
    >>> round(jm.losses.info_nce_queue(same, same, same)[0], 4)  # ln 5
    1.6094
    """
    op = "info_nce_queue"
    x, y = _two(op, ("q", q), ("k", k))
    negatives = _check.features(op, "queue", queue)
    if negatives.shape[1] != x.shape[1]:
        raise InvalidArgument(
            f"{op}: queue: want shape (m, {x.shape[1]}), "
            f"got {_check.shape_text(negatives.shape)}"
        )
    temperature = _check.number(op, "temperature", temperature)
    options = _abi.InfoNceQueueOptions(temperature=temperature)
    loss, (gq,) = _run(op, (x, y, negatives), options, (x,), grad, out)
    return loss, gq


def byol(
    prediction: npt.ArrayLike,
    target: npt.ArrayLike,
    *,
    grad: bool = True,
    out: Floats | None = None,
) -> tuple[float, Floats | None]:
    """Compute BYOL's regression in one direction (Grill et al. 2020).

    L = 1/n Σᵢ (2 − 2 cos(predictionᵢ, targetᵢ)), 0 to 4. The target is a constant.
    The method adds both directions.

    Parameters
    ----------
    prediction, target : float32 (n, d)
        Rows in the same order.
    grad : bool
        False skips the gradient.
    out : float32 (n, d), optional
        An array to fill with the gradient.

    Returns
    -------
    loss : float
    gp : float32 (n, d), or None
        d loss / d prediction.

    Raises
    ------
    InvalidArgument, DTypeError, NumericError
        As for ``nt_xent``.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> one = np.eye(3, dtype=np.float32)
    >>> jm.losses.byol(one, -one)[0]
    4.0
    """
    x, y = _two("byol", ("prediction", prediction), ("target", target))
    loss, (gp,) = _run("byol", (x, y), None, (x,), grad, out)
    return loss, gp


def barlow_twins(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    off_diagonal_weight: float = 0.0051,
    *,
    grad: bool = True,
    out: tuple[Floats, Floats] | None = None,
) -> Pair:
    """Compute the loss of Barlow Twins, and its gradients (Zbontar et al. 2021).

    Each column is standardised over the rows, with the biased variance; with the
    cross-correlation C = âᵀ b̂ / n,

    L = Σᵢ (Cᵢᵢ − 1)² + off_diagonal_weight · Σ_{i≠j} Cᵢⱼ²

    Parameters
    ----------
    a, b : float32 (n, d)
        Embeddings of two views, rows in the same order, n at least 2.
    off_diagonal_weight : float
        Of the redundancy term; about 1/d suits a small d.
    grad : bool
        False skips the gradients.
    out : tuple of two float32 (n, d), optional
        Arrays to fill with the gradients.

    Returns
    -------
    loss : float
    ga, gb : float32 (n, d), or None
        d loss / d a and d loss / d b.

    Raises
    ------
    InvalidArgument, DTypeError, NumericError
        As for ``nt_xent``.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> a = np.asarray([[1, 1], [1, -1], [-1, 1], [-1, -1]], np.float32)
    >>> round(jm.losses.barlow_twins(a, a)[0], 6)  # equal, and uncorrelated columns
    0.0
    """
    op = "barlow_twins"
    x, y = _two(op, ("a", a), ("b", b))
    weight = _check.number(op, "off_diagonal_weight", off_diagonal_weight)
    options = _abi.BarlowTwinsOptions(off_diagonal_weight=weight)
    loss, (ga, gb) = _run(op, (x, y), options, (x, y), grad, out)
    return loss, ga, gb


def _two(op: str, first: tuple[str, Any], second: tuple[str, Any]) -> list[Floats]:
    """Take two inputs of one shape."""
    x = _check.features(op, *first)
    return [x, _check.features(op, *second, x.shape)]


def _run(
    op: str,
    inputs: tuple[Floats, ...],
    options: Any,
    wanted: tuple[Floats, ...],
    grad: bool,
    out: Any,
) -> tuple[float, list[Floats | None]]:
    """Call a loss; give its value and the gradients for the wanted inputs."""
    gradients = _gradients(op, inputs, wanted, grad, out)
    loss = _abi.double()
    _abi.call(
        op,
        *map(_abi.npy, inputs),
        *([] if options is None else [_abi.ref(options)]),
        _abi.ref(loss),
        *map(_abi.npy, gradients),
    )
    return loss.value, gradients


def _gradients(
    op: str,
    inputs: tuple[Floats, ...],
    wanted: tuple[Floats, ...],
    grad: bool,
    out: Any,
) -> list[Floats | None]:
    """Give the arrays to fill with gradients, or None for each."""
    if out is None:
        return [np.empty(x.shape, np.float32) if grad else None for x in wanted]
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
    arrays: list[Floats] = []
    for name, array, x in zip(names, given, wanted, strict=True):
        _check.output(op, name, array, np.float32, x.shape)
        if any(np.may_share_memory(array, other) for other in (*inputs, *arrays)):
            raise InvalidArgument(
                f"{op}: {name}: want memory of its own, got memory that another "
                "array has too"
            )
        arrays.append(array)
    return list(arrays)
