"""Softmax cross-entropy, the loss of every classification."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy.typing as npt

from .. import _abi, _check
from ._call import Floats, run


@overload
def cross_entropy(
    logits: npt.ArrayLike,
    labels: npt.ArrayLike,
    smoothing: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[False] = ...,
    out: Floats | None = ...,
) -> tuple[float, Floats | None]: ...


@overload
def cross_entropy(
    logits: npt.ArrayLike,
    labels: npt.ArrayLike,
    smoothing: float = ...,
    *,
    grad: bool = ...,
    accuracy: Literal[True],
    out: Floats | None = ...,
) -> tuple[float, Floats | None, float]: ...


def cross_entropy(
    logits: npt.ArrayLike,
    labels: npt.ArrayLike,
    smoothing: float = 0.0,
    *,
    grad: bool = True,
    accuracy: bool = False,
    out: Floats | None = None,
) -> tuple[Any, ...]:
    """Compute the softmax cross-entropy with whole-numbered labels, in nats.

    L = 1/n Σᵢ [ log Σ_c exp lᵢ_c − Σ_c tᵢ_c lᵢ_c ], where the target t is 1 − smoothing
    on the label plus smoothing / classes everywhere (Szegedy et al. 2016): PyTorch's
    ``cross_entropy`` with ``label_smoothing``. Without information it is ln(classes).

    Parameters
    ----------
    logits : float32 (n, classes)
        -inf excludes a class, unless it is the label or smoothing gives it weight.
    labels : int64 (n,)
        Each 0 to classes - 1.
    smoothing : float
        The part of each target that is spread over all classes, 0 to 1.
    grad : bool
        False skips the gradient.
    accuracy : bool
        True appends the part of the rows whose largest logit is the label's; of equal
        ones the first counts.
    out : float32 (n, classes), optional
        An array to fill with the gradient.

    Returns
    -------
    loss : float
    g : float32 (n, classes), or None
        d loss / d logits.
    accuracy : float
        Only if asked for.

    Raises
    ------
    InvalidArgument
        No rows, labels of another number or out of range, a smoothing out of range, an
        output that shares memory.
    DTypeError
        Logits that are not float32 or float64, labels that are not whole numbers.
    NumericError
        A logit that is NaN or infinity, or -inf where it has weight.

    Examples
    --------
    >>> import jumelle as jm
    >>> loss, g = jm.losses.cross_entropy([[0.0, 0.0]], [1])
    >>> round(loss, 4)  # ln 2
    0.6931
    >>> g.tolist()
    [[0.5, -0.5]]
    """
    op = "cross_entropy"
    x = _check.features(op, "logits", logits)
    y = _check.integers(op, "labels", labels, len(x), x.shape[1] - 1)
    smoothing = _check.number(op, "smoothing", smoothing)
    options = _abi.CrossEntropyOptions(smoothing=smoothing)
    return run(op, [x, y], options, [x], grad, out, accuracy)
