"""NT-Xent, SimCLR's loss."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy.typing as npt

from .. import _abi, _check
from ._call import Floats, Labels, Rows, classification, pair, run, share


@overload
def nt_xent(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    temperature: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[False] = ...,
    rows: Rows = ...,
    out: tuple[Floats, Floats] | None = ...,
) -> tuple[float, Floats | None, Floats | None]: ...


@overload
def nt_xent(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    temperature: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[True],
    rows: Rows = ...,
    out: tuple[Floats, Floats] | None = ...,
) -> tuple[float, Floats | None, Floats | None, float]: ...


def nt_xent(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    temperature: float = 0.5,
    *,
    grad: bool = True,
    accuracy: bool = False,
    rows: Rows = None,
    out: tuple[Floats, Floats] | None = None,
) -> tuple[Any, ...]:
    r"""Compute NT-Xent, SimCLR's loss of two views, and its gradients.

    With the 2n rows of a and b normalised to z, S = z zᵀ / temperature, and p(i)
    the other view of row i,

    L = 1/(2n) Σᵢ [ log Σ_{k≠i} exp Sᵢₖ − Sᵢ,ₚ₍ᵢ₎ ]

    the mean over the 2n anchors, as in the paper (Chen et al. 2020): the same number
    as lightly's ``NTXentLoss`` and solo-learn's ``simclr_loss_func`` at the same
    temperature, half of what SimCLR's own code adds up. It is computed tile by tile,
    in O(n d) memory.

    Parameters
    ----------
    a, b : float32 (n, d)
        Embeddings of two views, rows in the same order, n at least 2.
    temperature : float
        Divides the cosine similarities.
    grad : bool
        False skips the gradients.
    accuracy : bool
        True appends the part of the 2n anchors that are most similar to their other
        view.
    rows : (lo, hi), optional
        The anchors are both views of pairs lo to hi - 1. All by default.
    out : tuple of two float32 (n, d), optional
        Arrays to fill with the gradients.

    Returns
    -------
    loss : float
    ga, gb : float32 (n, d), or None
        d loss / d a and d loss / d b.
    accuracy : float
        Only if asked for.

    Raises
    ------
    InvalidArgument
        Shapes that differ, fewer than two rows, no columns, a temperature below 1e-8,
        rows outside 0 to n, an output that shares memory.
    DTypeError
        Another dtype than float32 or float64.
    NumericError
        A value that is not finite; it names the first row.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> same = np.ones((4, 8), np.float32)
    >>> loss, ga, gb = jm.losses.nt_xent(same, same)
    >>> round(loss, 6)  # ln 7: nothing tells the rows apart
    1.94591
    >>> jm.losses.nt_xent(np.eye(4), np.eye(4), accuracy=True)[-1]
    1.0
    """
    op = "nt_xent"
    inputs = pair(op, "a", a, "b", b)
    lo, hi = share(op, rows, len(inputs[0]))
    temperature = _check.number(op, "temperature", temperature)
    options = _abi.NtXentOptions(temperature=temperature, lo=lo, hi=hi)
    return run(op, inputs, options, inputs, grad, out, accuracy)


def nt_xent_logits(
    a: npt.ArrayLike, b: npt.ArrayLike, temperature: float = 0.5
) -> tuple[Floats, Labels]:
    """Show NT-Xent as a classification: the logits, and the right class of each row.

    ``cross_entropy(logits, labels)`` is ``nt_xent(a, b)``. It stores the matrix: for
    small n.

    Parameters
    ----------
    a, b : float32 (n, d)
        Embeddings of two views, rows in the same order, n at least 2.
    temperature : float
        Divides the cosine similarities.

    Returns
    -------
    logits : float32 (2n, 2n)
        Similarities of all rows over the temperature, a first; -inf on the diagonal.
    labels : int64 (2n,)
        The other view's row: n to 2n - 1, then 0 to n - 1.

    Raises
    ------
    InvalidArgument, DTypeError, NumericError
        As for ``nt_xent``.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> logits, labels = jm.losses.nt_xent_logits(np.eye(2), np.eye(2))
    >>> logits[0].tolist(), labels.tolist()
    ([-inf, 0.0, 2.0, 0.0], [2, 3, 0, 1])
    """
    op = "nt_xent_logits"
    inputs = pair(op, "a", a, "b", b)
    temperature = _check.number(op, "temperature", temperature)
    options = _abi.NtXentOptions(temperature=temperature)
    m = 2 * len(inputs[0])
    return classification(op, inputs, options, (m, m))
