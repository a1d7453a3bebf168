"""The loss of Barlow Twins."""

from __future__ import annotations

import numpy.typing as npt

from .. import _abi, _check
from ._call import Floats, Rows, pair, run, share


def barlow_twins(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    off_diagonal_weight: float = 0.0051,
    *,
    grad: bool = True,
    rows: Rows = None,
    out: tuple[Floats, Floats] | None = None,
) -> tuple[float, Floats | None, Floats | None]:
    """Compute the loss of Barlow Twins, and its gradients (Zbontar et al. 2021).

    Each column is standardised over the rows, with the biased variance and 1e-5 added
    to it; with the cross-correlation C = âᵀ b̂ / n,

    L = Σᵢ (Cᵢᵢ − 1)² + off_diagonal_weight · Σ_{i≠j} Cᵢⱼ²

    The same number as lightly's ``BarlowTwinsLoss`` with the same weight; solo-learn's
    ``barlow_loss_func`` is times 0.025. A constant column is 0 after standardising.

    Parameters
    ----------
    a, b : float32 (n, d)
        Embeddings of two views, rows in the same order, n at least 2.
    off_diagonal_weight : float
        Of the redundancy term, at least 0; about 1/d suits a small d.
    grad : bool
        False skips the gradients.
    rows : (lo, hi), optional
        The slice of the batch: its share of the value is (hi - lo) / n, and the
        gradients of other rows are 0. It costs as much as the whole.
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
    inputs = pair(op, "a", a, "b", b)
    lo, hi = share(op, rows, len(inputs[0]))
    weight = _check.number(op, "off_diagonal_weight", off_diagonal_weight)
    options = _abi.BarlowTwinsOptions(off_diagonal_weight=weight, lo=lo, hi=hi)
    loss, ga, gb = run(op, inputs, options, inputs, grad, out)
    return loss, ga, gb
