"""InfoNCE with a queue, MoCo's loss."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy.typing as npt

from .. import _abi, _check
from ._call import Floats, Labels, Rows, classification, others, pair, run, share


@overload
def info_nce_queue(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    queue: npt.ArrayLike,
    temperature: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[False] = ...,
    rows: Rows = ...,
    out: Floats | None = ...,
) -> tuple[float, Floats | None]: ...


@overload
def info_nce_queue(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    queue: npt.ArrayLike,
    temperature: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[True],
    rows: Rows = ...,
    out: Floats | None = ...,
) -> tuple[float, Floats | None, float]: ...


def info_nce_queue(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    queue: npt.ArrayLike,
    temperature: float = 0.07,
    *,
    grad: bool = True,
    accuracy: bool = False,
    rows: Rows = None,
    out: Floats | None = None,
) -> tuple[Any, ...]:
    """Compute MoCo's InfoNCE: each query's key against a queue of other keys.

    L = 1/n Σᵢ [ log( exp sᵢ + Σⱼ exp Sᵢⱼ ) − sᵢ ], with sᵢ = q̂ᵢ·k̂ᵢ / temperature and
    Sᵢⱼ the same with row j of the queue (He et al. 2020). Keys and queue are constants.
    The same number as lightly's ``NTXentLoss`` with a memory bank, and as solo-learn's
    ``mocov2plus_loss_func`` of normalised rows. Memory is O((n + m) d).

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
    accuracy : bool
        True appends the part of the queries that are more similar to their key than
        to the whole queue.
    rows : (lo, hi), optional
        The anchors are queries lo to hi - 1. All by default.
    out : float32 (n, d), optional
        An array to fill with the gradient.

    Returns
    -------
    loss : float
    gq : float32 (n, d), or None
        d loss / d q.
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
    >>> round(jm.losses.info_nce_queue(same, same, same)[0], 4)  # ln 5
    1.6094
    """
    op = "info_nce_queue"
    inputs = pair(op, "q", q, "k", k)
    wanted = inputs[:1]
    inputs.append(others(op, "queue", queue, inputs[0].shape[1]))
    lo, hi = share(op, rows, len(inputs[0]))
    temperature = _check.number(op, "temperature", temperature)
    options = _abi.InfoNceQueueOptions(temperature=temperature, lo=lo, hi=hi)
    return run(op, inputs, options, wanted, grad, out, accuracy)


def info_nce_queue_logits(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    queue: npt.ArrayLike,
    temperature: float = 0.07,
) -> tuple[Floats, Labels]:
    """Show MoCo's InfoNCE, or that of separate negatives, as a classification.

    ``cross_entropy(logits, labels)`` is ``info_nce_queue(q, k, queue)``. It stores the
    matrix: for small n.

    Parameters
    ----------
    q, k : float32 (n, d)
        Queries and keys, rows in the same order.
    queue : float32 (m, d)
        The negatives of every query.
    temperature : float
        Divides the cosine similarities.

    Returns
    -------
    logits : float32 (n, 1 + m)
        The similarity of each query to its key, then to the queue, over the
        temperature.
    labels : int64 (n,)
        0: the first column.

    Raises
    ------
    InvalidArgument, DTypeError, NumericError
        As for ``nt_xent``.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> one = np.eye(2)
    >>> logits, labels = jm.losses.info_nce_queue_logits(one, one, -one, 0.5)
    >>> logits.tolist(), labels.tolist()
    ([[2.0, -2.0, 0.0], [2.0, 0.0, -2.0]], [0, 0])
    """
    op = "info_nce_queue_logits"
    inputs = pair(op, "q", q, "k", k)
    inputs.append(others(op, "queue", queue, inputs[0].shape[1]))
    temperature = _check.number(op, "temperature", temperature)
    options = _abi.InfoNceQueueOptions(temperature=temperature)
    shape = len(inputs[0]), 1 + len(inputs[2])
    return classification(op, inputs, options, shape)
