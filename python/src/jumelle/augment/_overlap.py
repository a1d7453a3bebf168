"""How often two random crops of a picture miss each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import _abi, _check
from ..errors import InvalidArgument

_MAX_SAMPLES = 2**30


class Overlap(NamedTuple):
    """The probability that two random crops have no pixel in common.

    Parameters
    ----------
    exact : float
        From the distribution of the crops.
    measured : float
        The share of the drawn pairs.
    error : float
        The standard error that the measured share should have.
    """

    exact: float
    measured: float
    error: float


def overlap(
    scale: tuple[float, float] = (0.08, 1.0),
    size: int | tuple[int, int] = 32,
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
    samples: int = 100_000,
    seed: int = 0,
) -> Overlap:
    """Compute and measure how often two random crops miss each other.

    Two crops as ``RandomResizedCrop(scale=scale, ratio=ratio)`` draws them. Given
    their sizes, their places are uniform and independent in x and y. Of n places,
    intervals of lengths a and b miss each other with probability ::

        m(n, a, b) = t (t + 1) / ((n - a + 1) (n - b + 1)),  t = n - a - b + 1,

    and 0 where t < 1; crops of w1 x h1 and w2 x h2 pixels with mx + (1 - mx) my, mx =
    m(w, w1, w2), my = m(h, h1, h2). The exact probability is the mean of that over
    both sizes: of all that ten tries of area and ratio, rounded to pixels, and the
    fallback to the middle can give.

    Parameters
    ----------
    scale : (float, float)
        Area of a crop, as a part of the picture's, drawn uniformly.
    size : int or (int, int)
        Side of the picture, or its height and width, 1 to 1024 pixels.
    ratio : (float, float)
        Width over height of a crop, drawn uniformly in its logarithm.
    samples : int
        Pairs of crops to draw.
    seed : int

    Returns
    -------
    result : Overlap
        exact, measured, and error, the standard error of measured.

    Raises
    ------
    InvalidArgument
        A number out of range; a scale or ratio whose larger end comes first.

    Examples
    --------
    >>> import jumelle as jm
    >>> small, large = jm.augment.overlap((0.08, 0.2)), jm.augment.overlap((0.2, 1))
    >>> round(small.exact, 3), round(large.exact, 3)
    (0.38, 0.001)
    """
    op = "overlap"
    sides = [size, size] if isinstance(size, (int, np.integer)) else list(size)
    if len(sides) != 2:
        raise InvalidArgument(f"{op}: size: want a side or (height, width), got {size}")
    height, width = (_check.integer(op, "size", side, 1, 2**31 - 1) for side in sides)
    ends = {}
    for name, pair in (("scale", scale), ("ratio", ratio)):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise InvalidArgument(f"{op}: {name}: want two numbers, got {pair!r}")
        for end, value in zip(("min", "max"), pair, strict=True):
            ends[f"{name}_{end}"] = _check.number(op, name, value)
    samples = _check.integer(op, "samples", samples, 1, _MAX_SAMPLES)
    options = _abi.OverlapOptions(
        height=height,
        width=width,
        samples=samples,
        seed=_check.seed(op, seed),
        **ends,
    )
    exact, measured = _abi.double(), _abi.double()
    _abi.call(op, _abi.ref(options), _abi.ref(exact), _abi.ref(measured))
    p = exact.value
    return Overlap(p, measured.value, float(np.sqrt(p * (1 - p) / samples)))
