"""Pipelines as papers have them."""

from __future__ import annotations

from typing import Any

from ._pipeline import Pipeline


def _preset(preset: str, size: int, **options: Any) -> Pipeline:
    given = {name: value for name, value in options.items() if value is not None}
    return Pipeline({"preset": preset, "size": size, **given})


def simclr(size: int, strength: float = 0.5, blur: bool = False) -> Pipeline:
    """Make SimCLR's views: crop, flip, colour jitter, gray (Chen et al. 2020).

    Parameters
    ----------
    size : int
        Side of the views, in pixels.
    strength : float
        Of the colour jitter: 0.5 for CIFAR-10, 1 for ImageNet.
    blur : bool
        Whether half of the views are blurred, as for ImageNet.

    Returns
    -------
    pipe : Pipeline

    Examples
    --------
    >>> import jumelle as jm
    >>> [o["op"] for o in jm.augment.simclr(size=32).spec["operations"]]
    ['RandomResizedCrop', 'HorizontalFlip', 'ColorJitter', 'Grayscale']
    """
    return _preset("simclr", size, strength=strength, blur=blur)


def moco_v1(size: int) -> Pipeline:
    """Make MoCo v1's views: crop, gray, strong jitter, flip (He et al. 2020).

    Parameters
    ----------
    size : int
        Side of the views, in pixels.

    Returns
    -------
    pipe : Pipeline
    """
    return _preset("moco_v1", size)


def moco_v2(size: int, blur: bool | None = None) -> Pipeline:
    """Make MoCo v2's views: crop, flip, jitter, gray, blur (Chen et al. 2020).

    Parameters
    ----------
    size : int
        Side of the views, in pixels.
    blur : bool, optional
        None: as the paper, with blur.

    Returns
    -------
    pipe : Pipeline
    """
    return _preset("moco_v2", size, blur=blur)


def byol(size: int, blur: bool | None = None) -> Pipeline:
    """Make BYOL's pair: all of one view is blurred, some of the other solarized.

    Parameters
    ----------
    size : int
        Side of the views, in pixels.
    blur : bool, optional
        None: as the paper (Grill et al. 2020), with blur.

    Returns
    -------
    pipe : Pipeline
    """
    return _preset("byol", size, blur=blur)


def barlow_twins(size: int, blur: bool | None = None) -> Pipeline:
    """Make the pair of Barlow Twins, which is BYOL's (Zbontar et al. 2021).

    Parameters
    ----------
    size : int
        Side of the views, in pixels.
    blur : bool, optional
        None: as the paper, with blur.

    Returns
    -------
    pipe : Pipeline
    """
    return _preset("barlow_twins", size, blur=blur)


def weak(size: int) -> Pipeline:
    """Make weak views: crop and flip.

    Parameters
    ----------
    size : int
        Side of the views, in pixels.

    Returns
    -------
    pipe : Pipeline
    """
    return _preset("weak", size)


def test(size: int) -> Pipeline:
    """Make the one view of testing: resize and centre crop, no chance at all.

    Parameters
    ----------
    size : int
        Side of the view, in pixels.

    Returns
    -------
    pipe : Pipeline
    """
    return _preset("test", size)


# pytest must not take a function of this name for a test.
test.__test__ = False  # type: ignore[attr-defined]
