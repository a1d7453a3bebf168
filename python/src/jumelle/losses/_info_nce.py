"""InfoNCE in one direction, the batch's other keys as negatives."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy.typing as npt

from .. import _abi, _check
from ._call import Floats, Labels, Rows, classification, pair, run, share


@overload
def info_nce(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    temperature: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[False] = ...,
    rows: Rows = ...,
    out: tuple[Floats, Floats] | None = ...,
) -> tuple[float, Floats | None, Floats | None]: ...


@overload
def info_nce(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    temperature: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[True],
    rows: Rows = ...,
    out: tuple[Floats, Floats] | None = ...,
) -> tuple[float, Floats | None, Floats | None, float]: ...


def info_nce(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    temperature: float = 0.2,
    *,
    grad: bool = True,
    accuracy: bool = False,
    rows: Rows = None,
    out: tuple[Floats, Floats] | None = None,
) -> tuple[Any, ...]:
    """Compute InfoNCE in one direction: which of the n keys belongs to each query.

    With S = q̂ k̂ᵀ / temperature,

    L = 1/n Σᵢ [ log Σⱼ exp Sᵢⱼ − Sᵢᵢ ]

    (van den Oord et al. 2018). MoCo v3's loss is 2 * temperature times the sum of both
    directions (so solo-learn's ``mocov3_loss_func`` is 2 * temperature times this),
    CLIP's the mean of both; lightly has no loss of one direction. Memory is O(n d).

    Parameters
    ----------
    q, k : float32 (n, d)
        Queries and keys, rows in the same order, n at least 2.
    temperature : float
        Divides the cosine similarities.
    grad : bool
        False skips the gradients.
    accuracy : bool
        True appends the part of the queries that are most similar to their own key.
    rows : (lo, hi), optional
        The anchors are queries lo to hi - 1. All by default.
    out : tuple of two float32 (n, d), optional
        Arrays to fill with the gradients.

    Returns
    -------
    loss : float
    gq, gk : float32 (n, d), or None
        d loss / d q and d loss / d k.
    accuracy : float
        Only if asked for.

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
    op = "info_nce"
    inputs = pair(op, "q", q, "k", k)
    lo, hi = share(op, rows, len(inputs[0]))
    temperature = _check.number(op, "temperature", temperature)
    options = _abi.InfoNceOptions(temperature=temperature, lo=lo, hi=hi)
    return run(op, inputs, options, inputs, grad, out, accuracy)


def info_nce_logits(
    q: npt.ArrayLike, k: npt.ArrayLike, temperature: float = 0.2
) -> tuple[Floats, Labels]:
    """Show InfoNCE as a classification: the logits, and the right class of each query.

    ``cross_entropy(logits, labels)`` is ``info_nce(q, k)``. It stores the matrix: for
    small n.

    Parameters
    ----------
    q, k : float32 (n, d)
        Queries and keys, rows in the same order, n at least 1.
    temperature : float
        Divides the cosine similarities.

    Returns
    -------
    logits : float32 (n, n)
        The similarity of each query to each key, over the temperature.
    labels : int64 (n,)
        0 to n - 1.

    Raises
    ------
    InvalidArgument, DTypeError, NumericError
        As for ``nt_xent``.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> logits, labels = jm.losses.info_nce_logits(np.eye(2), np.eye(2))
    >>> logits.tolist(), labels.tolist()
    ([[5.0, 0.0], [0.0, 5.0]], [0, 1])
    """
    op = "info_nce_logits"
    inputs = pair(op, "q", q, "k", k)
    temperature = _check.number(op, "temperature", temperature)
    options = _abi.InfoNceOptions(temperature=temperature)
    n = len(inputs[0])
    return classification(op, inputs, options, (n, n))
