"""InfoNCE with separate negatives, which learn too."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy.typing as npt

from .. import _abi, _check
from ._call import Floats, Rows, others, pair, run, share


@overload
def info_nce_negatives(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    negatives: npt.ArrayLike,
    temperature: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[False] = ...,
    rows: Rows = ...,
    out: tuple[Floats, Floats, Floats] | None = ...,
) -> tuple[float, Floats | None, Floats | None, Floats | None]: ...


@overload
def info_nce_negatives(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    negatives: npt.ArrayLike,
    temperature: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[True],
    rows: Rows = ...,
    out: tuple[Floats, Floats, Floats] | None = ...,
) -> tuple[float, Floats | None, Floats | None, Floats | None, float]: ...


def info_nce_negatives(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    negatives: npt.ArrayLike,
    temperature: float = 0.2,
    *,
    grad: bool = True,
    accuracy: bool = False,
    rows: Rows = None,
    out: tuple[Floats, Floats, Floats] | None = None,
) -> tuple[Any, ...]:
    """Compute InfoNCE of each query's key against separate negatives.

    L = 1/n Σᵢ [ log( exp sᵢ + Σⱼ exp Sᵢⱼ ) − sᵢ ], with sᵢ = q̂ᵢ·k̂ᵢ / temperature and
    Sᵢⱼ the same with row j of the negatives, in place of the batch's other keys. The
    value of ``info_nce_queue``, with gradients for keys and negatives too.

    Parameters
    ----------
    q, k : float32 (n, d)
        Queries and keys, rows in the same order.
    negatives : float32 (m, d)
        The negatives of every query.
    temperature : float
        Divides the cosine similarities.
    grad : bool
        False skips the gradients.
    accuracy : bool
        True appends the part of the queries that are more similar to their key than
        to all negatives.
    rows : (lo, hi), optional
        The anchors are queries lo to hi - 1. All by default.
    out : tuple of float32 (n, d), (n, d) and (m, d), optional
        Arrays to fill with the gradients.

    Returns
    -------
    loss : float
    gq, gk, gnegatives : float32 (n, d), (n, d) and (m, d), or None
        d loss / d q, d loss / d k and d loss / d negatives.
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
    >>> round(jm.losses.info_nce_negatives(same, same, same)[0], 4)  # ln 5
    1.6094
    """
    op = "info_nce_negatives"
    inputs = pair(op, "q", q, "k", k)
    inputs.append(others(op, "negatives", negatives, inputs[0].shape[1]))
    lo, hi = share(op, rows, len(inputs[0]))
    temperature = _check.number(op, "temperature", temperature)
    options = _abi.InfoNceOptions(temperature=temperature, lo=lo, hi=hi)
    return run(op, inputs, options, inputs, grad, out, accuracy)
