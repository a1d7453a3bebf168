"""BYOL's regression."""

from __future__ import annotations

import numpy.typing as npt

from ._call import Floats, pair, run


def byol(
    prediction: npt.ArrayLike,
    target: npt.ArrayLike,
    *,
    grad: bool = True,
    out: Floats | None = None,
) -> tuple[float, Floats | None]:
    """Compute BYOL's regression in one direction (Grill et al. 2020).

    L = 1/n Σᵢ (2 − 2 cos(predictionᵢ, targetᵢ)), 0 to 4. The target is a constant.
    The method adds both directions. 2 + 2 c for lightly's ``NegativeCosineSimilarity``
    c, with twice its gradient; solo-learn's ``byol_loss_func`` is the same number.

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
        As for ``nt_xent``, but for the number of rows: one is enough.

    Examples
    --------
    >>> import numpy as np
    >>> import jumelle as jm
    >>> one = np.eye(3, dtype=np.float32)
    >>> jm.losses.byol(one, -one)[0]
    4.0
    """
    inputs = pair("byol", "prediction", prediction, "target", target)
    loss, gp = run("byol", inputs, None, inputs[:1], grad, out)
    return loss, gp
