"""Mean squared error where a mask says, the loss of filling holes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .. import _check
from ._call import Floats, run


def masked_mse(
    x: npt.ArrayLike,
    target: npt.ArrayLike,
    mask: npt.ArrayLike | None = None,
    *,
    grad: bool = True,
    out: Floats | None = None,
) -> tuple[float, Floats | None]:
    """Compute the mean squared error over the values that a mask weighs.

    L = Σ m (x − target)² / Σ m (inpainting, Pathak et al. 2016; masked autoencoders, He
    et al. 2022).

    Parameters
    ----------
    x, target : float32, of one shape
        Whatever the shape is: pictures, rows, patches.
    mask : float32 or bool, of the same shape, optional
        Weights of at least 0, not all of them 0. All alike by default: the plain mean.
    grad : bool
        False skips the gradient.
    out : float32, of the same shape, optional
        An array to fill with the gradient.

    Returns
    -------
    loss : float
    gx : float32, of the same shape, or None
        d loss / d x, 0 wherever the mask is.

    Raises
    ------
    InvalidArgument
        Shapes that differ, no values, a weight below 0, weights that are all 0, an
        output that shares memory.
    DTypeError
        Another dtype than float32 or float64.
    NumericError
        A value that is not finite.

    Examples
    --------
    >>> import jumelle as jm
    >>> loss, gx = jm.losses.masked_mse([[1.0, 5.0]], [[3.0, 0.0]], [[1.0, 0.0]])
    >>> loss, gx.tolist()
    (4.0, [[-4.0, 0.0]])
    """
    op = "masked_mse"
    values = _check.floats(op, "x", x, "float32 or float64")
    shape = values.shape
    wanted = _check.floats(op, "target", target, "float32 or float64", shape)
    weights = None
    if mask is not None:
        if _check.as_array(op, "mask", mask, "weights").dtype == np.bool_:
            mask = np.asarray(mask, np.float32)
        weights = _check.floats(op, "mask", mask, "float32, float64 or bool", shape)
    loss, gx = run(op, [values, wanted, weights], None, [values], grad, out)
    return loss, gx
