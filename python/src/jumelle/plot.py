"""Looking at pictures, views, training and neighbours.

Each function returns a matplotlib Figure that no window system knows of: a notebook
shows it, ``figure.savefig("x.png")`` writes it. matplotlib is an extra:
``pip install "jumelle[plot]"``.
"""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _check
from ._captions import caption
from .augment import Pipeline
from .errors import InvalidArgument
from .evaluate import Report
from .images import Images, images_as_they_are, images_of

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
except ImportError as error:  # pragma: no cover
    raise ImportError(
        f'jumelle.plot needs matplotlib ({error}): pip install "jumelle[plot]"'
    ) from error

__all__ = ["history", "neighbours", "story", "views"]

_TITLE_INCHES = 0.36
_INK, _SOFT, _GOOD, _BAD = "#1f3a5f", "#9db4d0", "#2a9d55", "#d1495b"


class _Figure(Figure):
    """A Figure that notebooks show although pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def views(
    images: Any, pipe: Pipeline, n: int = 6, views: int = 6, seed: int = 0
) -> Figure:
    """Show pictures and random views of them, a row a picture.

    Under each view stands what was drawn for it, in the order in which it took
    effect: the part of the picture's area that the crop shows, factors of brightness,
    contrast and saturation, the turn of the hue in parts of the circle, the deviation
    of a blur in pixels. What chance left out is not named.

    Parameters
    ----------
    images : anything that Images takes
        Files are shown, and transformed, at their own size.
    pipe : pipeline
    n : int
        Number of pictures, spread over all of them.
    views : int
        Number of views of each.
    seed : int

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> import jumelle as jm
    >>> images, _ = jm.datasets.shapes(20, size=32, seed=0)
    >>> figure = jm.plot.views(images, jm.augment.simclr(size=32), n=3)
    """
    pictures = images_as_they_are("views", images)
    n = min(_check.integer("views", "n", n, 1, 64), len(pictures))
    columns = _check.integer("views", "views", views, 1, 64)
    rows, grid = _views_of(pictures, pipe, n, columns, seed)
    captions = []
    for i, row in zip(rows.tolist(), grid, strict=True):
        shape = row[0].shape
        h, w, c = shape
        drawn = [pipe.explain((h, w, c), i, v, seed) for v in range(columns)]
        captions.append([f"{w} x {h} pixels", *map(caption, drawn)])
    side, gap = 1.3, _caption_inches(captions)
    size = side * (columns + 1.2), n * (side + gap) + _TITLE_INCHES
    figure = _Figure(figsize=size, dpi=150)
    title = "random views of it, and what was drawn for them"
    _draw_grid(figure, grid, "picture", title, captions=captions)
    return figure


def history(model: Any) -> Figure:
    """Show the course of a training: loss, learning rate, health of the features.

    Parameters
    ----------
    model : a fitted estimator

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> import jumelle as jm
    >>> images, _ = jm.datasets.shapes(64, size=32, seed=0)
    >>> model = jm.SimCLR(epochs=2, batch_size=32, verbose=False).fit(images)
    >>> figure = jm.plot.history(model)
    """
    figure = _Figure(figsize=(9, 5), dpi=120, layout="constrained")
    (loss, rate), (spread, rank) = figure.subplots(2, 2)
    _draw_loss(loss, model)
    steps = model.history_
    rate.plot(steps["step"], steps["lr"], color=_INK)
    rate.set(title="learning rate", xlabel="step")
    d = model.spec_["projection"][-1]
    spread.plot(steps["step"], steps["feature_std"], color=_INK)
    spread.axhline(1 / math.sqrt(d), color=_SOFT, ls="--", label="healthy: 1/√d")
    spread.set(title="deviation of the normalised embeddings", xlabel="step")
    spread.set_ylim(bottom=0)
    spread.legend(frameon=False, loc="lower right")
    rank.plot(steps["step"], steps["effective_rank"], color=_INK)
    rank.set(title=f"effective rank of the embeddings (of {d})", xlabel="step")
    for axes in (loss, rate, spread, rank):
        _tidy(axes)
    return figure


def neighbours(
    model: Any,
    images: Any,
    labels: npt.ArrayLike | None = None,
    queries: int = 6,
    k: int = 8,
    seed: int = 0,
) -> Figure:
    """Show pictures and those whose features are nearest, a row a picture.

    Parameters
    ----------
    model : a fitted estimator
    images : anything that Images takes
    labels : int (n,), optional
        Frames neighbours of the same class green and others red. None: the
        labels of the images, if they have any.
    queries : int
        Number of pictures, drawn with the seed.
    k : int
        Neighbours of each, by cosine similarity; the picture itself is left out.
    seed : int

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> import jumelle as jm
    >>> images, labels = jm.datasets.shapes(64, size=32, seed=0)
    >>> model = jm.RandomEncoder().fit(images)
    >>> figure = jm.plot.neighbours(model, images, labels, queries=3)
    """
    pictures = images_of(images, size=model.spec_["size"])
    if len(pictures) < 2:
        raise InvalidArgument("neighbours: images: want at least 2 pictures, got 1")
    classes = pictures.labels if labels is None else labels
    if classes is not None:
        classes = _check.integers("neighbours", "labels", classes, len(pictures))
    rows = min(_check.integer("neighbours", "queries", queries, 1, 64), len(pictures))
    columns = min(_check.integer("neighbours", "k", k, 1, 64), len(pictures) - 1)
    figure = _Figure(figsize=(0.9 * (columns + 1), 0.9 * rows + 0.35), dpi=150)
    features = model.transform(pictures)
    chosen = np.random.default_rng(seed).choice(len(pictures), rows, replace=False)
    _draw_neighbours(figure, features, pictures, classes, chosen, columns)
    return figure


def story(
    model: Any,
    images: Any,
    pipe: Pipeline,
    report: Report | None = None,
    labels: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Figure:
    """Show views, curve, judgement and nearest neighbours in one figure.

    Parameters
    ----------
    model : a fitted estimator
    images : anything that Images takes
        Pictures to look for neighbours in.
    pipe : pipeline
        That training made its views with.
    report : Report, optional
    labels : int (n,), optional
        As for ``neighbours``.
    seed : int

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> import jumelle as jm
    >>> images, labels = jm.datasets.shapes(64, size=32, seed=0)
    >>> model = jm.SimCLR(epochs=1, batch_size=32, verbose=False).fit(images)
    >>> figure = jm.plot.story(model, images, jm.augment.simclr(size=32))
    """
    pictures = images_of(images, size=model.spec_["size"])
    figure = _Figure(figsize=(14, 7.4), dpi=120)
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[1, 1.12])[0]
    top, bottom = left.subfigures(2, 1, squeeze=False, height_ratios=[1.25, 1])[:, 0]
    _draw_views(top, pictures, pipe, min(4, len(pictures)), 7, seed)
    axes = bottom.subplots(1, 2 if report else 1, squeeze=False)[0]
    bottom.subplots_adjust(left=0.09, right=0.93, top=0.86, bottom=0.17, wspace=0.3)
    _draw_loss(axes[0], model)
    _tidy(axes[0])
    if report:
        _draw_report(axes[1], report)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(pictures), min(8, len(pictures)), replace=False)
    classes = pictures.labels if labels is None else np.asarray(labels)
    features = model.transform(pictures)
    columns = min(8, len(pictures) - 1)
    _draw_neighbours(right, features, pictures, classes, chosen, columns)
    return figure


def _draw_views(
    figure: Figure | SubFigure,
    pictures: Images,
    pipe: Pipeline,
    n: int,
    columns: int,
    seed: int,
) -> None:
    _, grid = _views_of(pictures, pipe, n, columns, seed)
    _draw_grid(figure, grid, "picture", "random views of it")


def _views_of(
    pictures: Images, pipe: Pipeline, n: int, columns: int, seed: int
) -> tuple[npt.NDArray[np.int64], list[list[npt.NDArray[np.uint8]]]]:
    """Choose n pictures; give each with its views."""
    rows = np.linspace(0, len(pictures) - 1, n).round().astype(np.int64)
    made = pipe(pictures, views=columns, seed=seed, indices=rows)
    return rows, [[pictures[int(row)], *made[:, i]] for i, row in enumerate(rows)]


def _draw_neighbours(
    figure: Figure | SubFigure,
    features: npt.NDArray[np.float32],
    pictures: Images,
    labels: npt.NDArray[np.int64] | None,
    chosen: npt.NDArray[np.int64],
    k: int,
) -> None:
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.maximum(norms, 1e-12)
    similarity = unit[chosen] @ unit.T
    similarity[np.arange(len(chosen)), chosen] = -np.inf
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    grid, frames = [], []
    for query, found in zip(chosen, nearest, strict=True):
        rows = [query, *found]
        grid.append(list(pictures.read(rows)))
        same = [None] * k if labels is None else labels[found] == labels[query]
        frames.append([None, *(_frame_colour(s) for s in same)])
    title = "nearest by the learned features"
    if labels is not None:
        title += " (green: same class)"
    _draw_grid(figure, grid, "picture", title, frames)


def _frame_colour(same: Any) -> str | None:
    if same is None:
        return None
    return _GOOD if same else _BAD


def _draw_grid(
    figure: Figure | SubFigure,
    grid: list[list[npt.NDArray[np.uint8]]],
    first: str,
    rest: str,
    frames: list[list[str | None]] | None = None,
    captions: list[list[str]] | None = None,
) -> None:
    """Draw rows of pictures; the first column stands apart."""
    columns = len(grid[0])
    axes = figure.subplots(
        len(grid),
        columns + 1,
        squeeze=False,
        width_ratios=[1, 0.12] + [1] * (columns - 1),
    )
    height = figure.bbox.height / figure.figure.dpi  # inches
    gap = _caption_inches(captions) if captions else 0.0
    top, rows = 1 - _TITLE_INCHES / height, len(grid)
    side = (height - _TITLE_INCHES) / rows - gap
    figure.subplots_adjust(
        left=0.02,
        right=0.98,
        bottom=gap / height or 0.02,
        top=top,
        wspace=0.06,
        hspace=gap / side or 0.06,
    )
    for i, row in enumerate(grid):
        axes[i, 1].set_axis_off()
        for j, picture in enumerate(row):
            axis = axes[i, j + 1 if j else 0]
            axis.set(xticks=[], yticks=[])
            axis.imshow(_rgb(picture), interpolation="nearest")
            if captions:
                axis.set_anchor("N")
                text = captions[i][j]
                axis.set_xlabel(text, loc="left", fontsize=6.5, color=_INK, labelpad=2)
            colour = frames[i][j] if frames else None
            for spine in axis.spines.values():
                spine.set_visible(colour is not None)
                spine.set(color=colour or "none", linewidth=2)
    axes[0, 0].set_title(first, fontsize=9, color=_INK)
    axes[0, 2].set_title(rest, fontsize=9, color=_INK, loc="left")


def _caption_inches(captions: list[list[str]]) -> float:
    """Tell how much room the longest caption needs under its picture."""
    return 0.105 * max(text.count("\n") + 1 for row in captions for text in row) + 0.1


def _draw_loss(axes: Axes, model: Any) -> None:
    steps = model.history_
    spec = model.spec_
    axes.plot(steps["step"], steps["loss"], color=_SOFT, lw=0.8)
    ends = np.flatnonzero(np.diff(steps["epoch"], append=-1))
    if len(ends) > 1:
        starts = np.concatenate([[0], ends[:-1] + 1])
        counts = ends - starts + 1
        means = np.add.reduceat(steps["loss"], starts) / counts
        axes.plot(steps["step"][ends], means, color=_INK, label="mean of an epoch")
    chance = float(steps["uninformed_loss"][-1])
    axes.axhline(chance, color=_BAD, ls="--", lw=1, label="no information")
    axes.set(title=f"loss of {spec['method']}", xlabel="step")
    axes.legend(frameon=False, fontsize=8)


def _draw_report(axes: Axes, report: Report) -> None:
    rows = [row for row in report["rows"] if row["protocol"] == report["protocol"]]
    names = [row["features"] for row in rows]
    values = [100 * row["accuracy"] for row in rows]
    colours = [_SOFT] * (len(names) - 1) + [_INK]
    bars = axes.bar(names, values, color=colours, width=0.62)
    axes.bar_label(bars, fmt="%.1f %%", padding=2, fontsize=9)
    axes.set(title=f"accuracy ({report['protocol']})", ylim=(0, 105), ylabel="%")
    axes.axhline(100 / report["classes"], color=_BAD, ls="--", lw=1)
    side = axes.get_yaxis_transform()
    axes.text(
        1.01,
        100 / report["classes"],
        "chance",
        color=_BAD,
        fontsize=7,
        va="center",
        transform=side,
    )
    axes.tick_params(axis="x", labelsize=8)
    _tidy(axes)


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.title.set(color=_INK, fontsize=9)
    axes.tick_params(labelsize=8)


def _rgb(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture
