"""Judging features with labels, which learning has not seen."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _abi, _check
from .errors import FileError, InvalidArgument
from .estimators import RandomEncoder
from .images import Images, images_of, with_channels

__all__ = ["Report", "Result", "knn", "report"]


class Result(dict[str, Any]):
    """A judgement: a dict with "accuracy" (0 to 1), "n_test", "protocol", settings.

    Attributes
    ----------
    predictions : int64 (n_test,)
        The class predicted for each test row.
    """

    predictions: npt.NDArray[np.int64]

    def __repr__(self) -> str:
        settings = ", ".join(
            f"{name}={value}"
            for name, value in self.items()
            if name not in ("accuracy", "protocol")
        )
        return f"{self['protocol']}: accuracy {self['accuracy']:.4f} ({settings})"

    def _repr_html_(self) -> str:
        return _html_table(["", ""], [(k, _text(v)) for k, v in self.items()])


def knn(
    train_features: npt.ArrayLike,
    train_labels: npt.ArrayLike,
    test_features: npt.ArrayLike,
    test_labels: npt.ArrayLike,
    k: int = 200,
    temperature: float = 0.1,
) -> Result:
    """Classify features by their nearest neighbours with labels (Wu et al. 2018).

    The k rows of the bank with the largest cosine similarity s vote for their class,
    each with the weight exp(s / temperature). Ties go to the lower bank row and the
    lower class.

    Parameters
    ----------
    train_features : float32 (n, d)
        The bank.
    train_labels : int (n,)
        At least 0.
    test_features : float32 (m, d)
    test_labels : int (m,)
    k : int
        At most the bank's size counts.
    temperature : float

    Returns
    -------
    result : Result
        "accuracy", "n_test", "protocol", "k" (that voted), "temperature", "n_train",
        "classes"; ``result.predictions``.

    Raises
    ------
    InvalidArgument, DTypeError
        Shapes that do not fit each other; negative labels.
    NumericError
        Features that are not finite.

    Examples
    --------
    >>> import jumelle as jm
    >>> bank = [[1.0, 0.0], [0.9, 0.3], [0.0, 1.0], [0.2, 1.0]]
    >>> result = jm.evaluate.knn(bank, [0, 0, 1, 1], [[1.0, 0.2]], [0], k=3)
    >>> result["accuracy"], result.predictions
    (1.0, array([0]))
    """
    bank = _check.features("knn", "train_features", train_features)
    queries = _check.features("knn", "test_features", test_features)
    bank_labels = _check.integers("knn", "train_labels", train_labels, len(bank))
    query_labels = _check.integers("knn", "test_labels", test_labels, len(queries))
    for name, array in (("train_features", bank), ("test_features", queries)):
        if not len(array):
            raise InvalidArgument(f"knn: {name}: want at least one row, got none")
    options = _abi.KnnOptions(
        k=_check.integer("knn", "k", k, 1, 2**62),
        temperature=_check.number("knn", "temperature", temperature),
    )
    predictions = np.empty(len(queries), np.int64)
    accuracy = _abi.double()
    _abi.call(
        "knn",
        _abi.npy(bank),
        _abi.npy(bank_labels),
        _abi.npy(queries),
        _abi.npy(query_labels),
        _abi.ref(options),
        _abi.npy(predictions),
        _abi.ref(accuracy),
    )
    result = Result(
        protocol="knn",
        accuracy=accuracy.value,
        n_test=len(queries),
        k=min(options.k, len(bank)),
        temperature=options.temperature,
        n_train=len(bank),
        classes=int(bank_labels.max()) + 1,
    )
    result.predictions = predictions
    return result


class Report(dict[str, Any]):
    """Learned features beside what they must beat; prints as a table.

    A dict: "accuracy" is that of the learned features, "rows" has all of them.
    """

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return dict(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything as JSON.

        Parameters
        ----------
        path : path

        Raises
        ------
        FileError
            The file cannot be written.
        """
        file = Path(_check.path("save", "path", path))
        temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
        try:
            temporary.write_text(json.dumps(self, indent=2) + "\n")
            temporary.replace(file)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise FileError(f"save: path: cannot write {file}: {error}") from error

    def _cells(self) -> list[tuple[str, str]]:
        return [(row["features"], f"{row['accuracy']:.1%}") for row in self["rows"]]

    def _caption(self) -> str:
        return (
            f"kNN, k={self['k']}, temperature {self['temperature']}: "
            f"{self['n_train']} pictures in the bank, {self['n_test']} tested"
        )

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self._cells())
        lines = [f"{name:<{width}}  {value:>6}" for name, value in self._cells()]
        head = f"{'features':<{width}}  accuracy"
        return "\n".join([head, *lines, self._caption()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        table = _html_table(["features", "accuracy"], self._cells())
        return f"{table}<p>{html.escape(self._caption())}</p>"


def report(
    model: Any,
    train: Any,
    test: Any,
    *,
    k: int = 200,
    temperature: float = 0.1,
) -> Report:
    """Judge a model's features by kNN, beside raw pixels and a random encoder.

    Raw pixels are the pictures at the model's size, less the bank's mean picture.
    The random encoder is the model's network with its start values.

    Parameters
    ----------
    model : a fitted estimator
    train, test : (images, labels), or Images of a folder with labels
        The bank, and the pictures to classify.
    k : int
    temperature : float
        As for ``knn``.

    Returns
    -------
    report : Report
        Prints as a table; ``to_dict()``, ``save("x.json")``.

    Raises
    ------
    NotFittedError
        The model has learned nothing yet.
    InvalidArgument
        Pictures without labels.

    Examples
    --------
    >>> import jumelle as jm
    >>> images, labels = jm.datasets.shapes(80, size=32, seed=0)
    >>> model = jm.SimCLR(epochs=1, batch_size=32, verbose=False).fit(images)
    >>> bank, test = (images[:60], labels[:60]), (images[60:], labels[60:])
    >>> report = jm.evaluate.report(model, train=bank, test=test)
    >>> [row["features"] for row in report["rows"]]
    ['raw pixels', 'random encoder', 'SimCLR']
    """
    from . import __version__

    spec = model.spec_
    size, channels = spec["size"], spec["channels"]
    bank, bank_labels = _labelled("train", train, size)
    queries, query_labels = _labelled("test", test, size)
    shared = {name: spec[name] for name in ("encoder", "width", "stem", "seed")}
    random = RandomEncoder(size=size, verbose=False, **shared)
    random.fit(with_channels(bank[:1], channels))

    pixels = [_pixels(images, size, channels) for images in (bank, queries)]
    mean = pixels[0].mean(0)
    rows = []
    for name, (first, second) in (
        ("raw pixels", (pixels[0] - mean, pixels[1] - mean)),
        ("random encoder", map(random.transform, (bank, queries))),
        (type(model).__name__, map(model.transform, (bank, queries))),
    ):
        result = knn(first, bank_labels, second, query_labels, k, temperature)
        rows.append({"features": name, **result})
    return Report(**result, rows=rows, spec=spec, version=__version__)


def _labelled(name: str, data: Any, size: int) -> tuple[Images, Any]:
    """Take (images, labels), or Images with labels of their own."""
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return images_of(data[0], size=size), data[1]
    images = images_of(data, size=size)
    if images.labels is None:
        raise InvalidArgument(
            f"report: {name}: want (images, labels) or a folder with a sub-folder a "
            "class, got pictures without labels"
        )
    return images, images.labels


def _pixels(images: Images, size: int, channels: int) -> npt.NDArray[np.float32]:
    """Give pictures as rows of their pixels, 0 to 1."""
    array = images.array()
    if array.shape[1:3] != (size, size):
        array = Images(array, size=size, channels=array.shape[3]).array()
    array = with_channels(array, channels)
    rows = array.reshape(len(array), -1).astype(np.float32)
    rows /= 255
    return rows


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _html_table(head: Iterable[str], rows: Iterable[tuple[str, str]]) -> str:
    def row(tag: str, cells: Iterable[str]) -> str:
        return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)

    body = "".join(f"<tr>{row('td', cells)}</tr>" for cells in rows)
    return f"<table><tr>{row('th', head)}</tr>{body}</table>"
