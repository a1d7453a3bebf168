"""Made-up pictures with labels, for demonstrations and tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _check

__all__ = ["SHAPES", "shapes"]

Floats = npt.NDArray[Any]

SHAPES = (
    "disc",
    "ring",
    "square",
    "frame",
    "triangle",
    "cross",
    "star",
    "crescent",
)

_CHUNK = 512  # pictures made together
_GRID = 3  # places for shapes along a side


def shapes(
    n: int, size: int = 32, seed: int = 0
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Make pictures of shapes of one kind, on backgrounds that say nothing of it.

    The label is the kind, one of SHAPES. How many there are and where, their colours,
    sizes and angles and the background's colours are drawn independently of it: the
    colours do not give it away, and no single pixel does. The pictures depend on
    (seed, size) and their number, not on n: the first 100 of 1000 are those of
    n = 100.

    Parameters
    ----------
    n : int
        Number of pictures.
    size : int
        Side in pixels, 8 to 512.
    seed : int

    Returns
    -------
    images : uint8 (n, size, size, 3)
    labels : int64 (n,)
        0 to len(SHAPES) - 1.

    Raises
    ------
    InvalidArgument
        A number out of range.

    Examples
    --------
    >>> import jumelle as jm
    >>> images, labels = jm.datasets.shapes(100, size=32, seed=0)
    >>> images.shape, labels.shape
    ((100, 32, 32, 3), (100,))
    """
    n = _check.integer("shapes", "n", n, 0, 10**8)
    size = _check.integer("shapes", "size", size, 8, 512)
    seed = _check.seed("shapes", seed)
    images = np.empty((n, size, size, 3), np.uint8)
    labels = np.empty(n, np.int64)
    for chunk, first in enumerate(range(0, n, _CHUNK)):
        rows = slice(first, min(first + _CHUNK, n))
        rng = np.random.default_rng([seed, size, chunk])
        pictures, shape = _chunk(rng, size)
        images[rows] = pictures[: rows.stop - first]
        labels[rows] = shape[: rows.stop - first]
    return images, labels


def _chunk(
    rng: np.random.Generator, size: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Make _CHUNK pictures at once."""
    labels = rng.integers(len(SHAPES), size=_CHUNK)
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1  # -1 to 1
    x, y = axis[None, None, :], axis[None, :, None]

    picture = _background(rng, x, y)
    dark = picture.mean((1, 2, 3)) < 0.5  # then the shapes are light
    base = (0.4 * dark)[:, None, None, None].astype(np.float32)
    # A grid of places that begins anywhere and goes on at the other side.
    first = [_uniform(rng, 0, 2) for _ in range(2)]
    for row, column in np.ndindex(_GRID, _GRID):
        cx, cy = (
            (start + (at + _uniform(rng, -0.2, 0.2)) * 2 / _GRID) % 2 - 1
            for start, at in zip(first, (column, row), strict=True)
        )
        scale, angle = _uniform(rng, 0.24, 0.4), _uniform(rng, -0.35, 0.35)  # radians
        dx, dy = (x - cx) / scale, (y - cy) / scale
        u = np.cos(angle) * dx + np.sin(angle) * dy
        v = np.cos(angle) * dy - np.sin(angle) * dx
        inside = np.empty_like(u)
        for label, distance in enumerate(_DISTANCES):
            rows = labels == label
            inside[rows] = distance(u[rows], v[rows])
        there = _uniform(rng, 0, 1) < 0.8
        cover = (np.clip(inside * scale * size / 2 + 0.5, 0, 1) * there)[..., None]
        picture += cover * (base + 0.6 * _colours(rng) - picture)

    picture += rng.standard_normal(picture.shape, np.float32) * np.float32(0.03)
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8), labels


def _background(rng: np.random.Generator, x: Floats, y: Floats) -> Floats:
    """Make a faint gradient of gray: (n, h, w, 3)."""
    turn = _uniform(rng, 0, 2 * np.pi)
    slope = np.cos(turn) * x + np.sin(turn) * y
    gray = _uniform(rng, 0.2, 0.8) + _uniform(rng, 0, 0.1) * slope
    return np.repeat(gray[..., None], 3, axis=3)


def _uniform(rng: np.random.Generator, low: float, high: float) -> Floats:
    """Draw a number for each picture: (n, 1, 1)."""
    return rng.uniform(low, high, (_CHUNK, 1, 1)).astype(np.float32)


def _colours(rng: np.random.Generator) -> Floats:
    """Draw a soft colour for each picture: (n, 1, 1, 3), 0.1 to 0.9."""
    colour = rng.uniform(0.1, 0.9, (_CHUNK, 1, 1, 3)).astype(np.float32)
    return (colour + colour.mean(3, keepdims=True)) / 2


# Each shape as the distance inside its border, where it fills -1 to 1 about.


def _disc(u: Floats, v: Floats) -> Floats:
    return 0.9 - np.hypot(u, v)


def _ring(u: Floats, v: Floats) -> Floats:
    return 0.17 - np.abs(np.hypot(u, v) - 0.75)


def _square(u: Floats, v: Floats) -> Floats:
    return 0.8 - np.maximum(np.abs(u), np.abs(v))


def _frame(u: Floats, v: Floats) -> Floats:
    return 0.16 - np.abs(np.maximum(np.abs(u), np.abs(v)) - 0.68)


def _triangle(u: Floats, v: Floats) -> Floats:
    sides: Floats = np.minimum(0.6 - v, 0.5 * v + 0.5 - 0.866 * np.abs(u))
    return sides


def _cross(u: Floats, v: Floats) -> Floats:
    wide = np.minimum(0.95 - np.abs(u), 0.25 - np.abs(v))
    high = np.minimum(0.25 - np.abs(u), 0.95 - np.abs(v))
    return np.maximum(wide, high)


def _star(u: Floats, v: Floats) -> Floats:
    border: Floats = 0.62 + 0.3 * np.cos(5 * np.arctan2(u, -v))
    return border - np.hypot(u, v)


def _crescent(u: Floats, v: Floats) -> Floats:
    return np.minimum(0.95 - np.hypot(u, v), np.hypot(u - 0.5, v) - 0.75)


_DISTANCES = (_disc, _ring, _square, _frame, _triangle, _cross, _star, _crescent)
