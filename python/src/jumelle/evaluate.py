"""Judging features with labels, which learning has not seen."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _abi, _check
from .errors import FileError, InvalidArgument, NumericError
from .estimators import RandomEncoder
from .images import Images, images_of, with_channels

__all__ = ["Report", "Result", "knn", "linear", "report"]


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
    options = _abi.KnnOptions(
        k=_check.integer("knn", "k", k, 1, 2**62),
        temperature=_check.number("knn", "temperature", temperature),
    )
    data = (train_features, train_labels, test_features, test_labels)
    result = _judge("knn", "knn", data, options)
    result["k"] = min(options.k, result["n_train"])
    result["temperature"] = options.temperature
    return result


def linear(
    train_features: npt.ArrayLike,
    train_labels: npt.ArrayLike,
    test_features: npt.ArrayLike,
    test_labels: npt.ArrayLike,
    penalty: float | None = None,
    iterations: int = 200,
) -> Result:
    """Classify features by softmax regression on labelled ones: the linear probe.

    Each feature is brought to mean 0 and deviation 1 first; the loss is the mean
    cross-entropy plus penalty / 2 · |weights|², lowered by L-BFGS. Nothing is random.

    Parameters
    ----------
    train_features : float32 (n, d)
    train_labels : int (n,)
        At least 0.
    test_features : float32 (m, d)
    test_labels : int (m,)
    penalty : float, optional
        None: chosen by the accuracy on every fifth training row.
    iterations : int
        Of L-BFGS, at most.

    Returns
    -------
    result : Result
        "accuracy", "n_test", "protocol", "penalty", "iterations", "n_train",
        "classes"; ``result.predictions``.

    Raises
    ------
    InvalidArgument, DTypeError, NumericError
        As for ``knn``.

    Examples
    --------
    >>> import jumelle as jm
    >>> train = [[1.0, 0.0], [0.9, 0.3], [0.0, 1.0], [0.2, 1.0]]
    >>> result = jm.evaluate.linear(train, [0, 0, 1, 1], [[1.0, 0.2]], [0], penalty=0.1)
    >>> result["accuracy"]
    1.0
    """
    weight = -1.0 if penalty is None else _check.number("linear", "penalty", penalty)
    if penalty is not None and weight < 0:
        raise InvalidArgument(f"linear: penalty: want at least 0, got {penalty}")
    options = _abi.LinearProbeOptions(
        penalty=weight,
        iterations=_check.integer("linear", "iterations", iterations, 1, 2**31 - 1),
    )
    data = (train_features, train_labels, test_features, test_labels)
    result = _judge("linear", "linear_probe", data, options)
    result["penalty"] = "chosen" if penalty is None else weight
    result["iterations"] = options.iterations
    return result


def _judge(op: str, function: str, data: tuple[Any, ...], options: Any) -> Result:
    """Check features and labels, and call one of the library's protocols."""
    train = _check.features(op, "train_features", data[0])
    test = _check.features(op, "test_features", data[2])
    for name, array in (("train_features", train), ("test_features", test)):
        if not len(array):
            raise InvalidArgument(f"{op}: {name}: want at least one row, got none")
        if not np.isfinite(array).all():
            raise NumericError(f"{op}: {name}: want finite values, got NaN or infinity")
    if test.shape[1] != train.shape[1]:
        raise InvalidArgument(
            f"{op}: test_features: want shape (n, {train.shape[1]}), "
            f"got {_check.shape_text(test.shape)}"
        )
    train_labels = _check.integers(op, "train_labels", data[1], len(train))
    test_labels = _check.integers(op, "test_labels", data[3], len(test))
    predictions = np.empty(len(test), np.int64)
    accuracy = _abi.double()
    arrays = [_abi.npy(array) for array in (train, train_labels, test, test_labels)]
    outputs = _abi.npy(predictions), _abi.ref(accuracy)
    _abi.call(function, *arrays, _abi.ref(options), *outputs)
    result = Result(
        protocol=op,
        accuracy=accuracy.value,
        n_test=len(test),
        n_train=len(train),
        classes=int(train_labels.max()) + 1,
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

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        """Give the table: its head, and a row for each kind of features."""
        names = list(dict.fromkeys(row["features"] for row in self["rows"]))
        protocols = list(dict.fromkeys(row["protocol"] for row in self["rows"]))
        found = {(r["features"], r["protocol"]): r["accuracy"] for r in self["rows"]}
        rows = [[n, *(f"{found[n, p]:.1%}" for p in protocols)] for n in names]
        return ["accuracy of", *protocols], rows

    def _caption(self) -> str:
        return (
            f"{self['n_train']} pictures with labels, {self['n_test']} tested; "
            f"kNN with k={self['k']}, temperature {self['temperature']}"
        )

    def __str__(self) -> str:
        head, rows = self._cells()
        width = max(len(row[0]) for row in (head, *rows))
        lines = [
            "  ".join([row[0].ljust(width), *(cell.rjust(7) for cell in row[1:])])
            for row in (head, *rows)
        ]
        return "\n".join([*lines, self._caption()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"{_html_table(*self._cells())}<p>{html.escape(self._caption())}</p>"


def report(
    model: Any,
    train: Any,
    test: Any,
    *,
    protocols: Sequence[str] = ("knn",),
    k: int = 200,
    temperature: float = 0.1,
) -> Report:
    """Judge a model's features, beside raw pixels and a random encoder.

    Raw pixels are the pictures at the model's size, less the training pictures'
    mean. The random encoder is the model's network with its start values.

    Parameters
    ----------
    model : a fitted estimator
    train, test : (images, labels), or Images of a folder with labels
        Pictures with labels to classify by, and pictures to classify.
    protocols : sequence of {"knn", "linear"}
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
        Pictures without labels; an unknown protocol.

    Examples
    --------
    >>> import jumelle as jm
    >>> images, labels = jm.datasets.shapes(80, size=32, seed=0)
    >>> model = jm.SimCLR(epochs=1, batch_size=32, verbose=False).fit(images)
    >>> known, test = (images[:60], labels[:60]), (images[60:], labels[60:])
    >>> report = jm.evaluate.report(model, train=known, test=test)
    >>> [row["features"] for row in report["rows"]]
    ['raw pixels', 'random encoder', 'SimCLR']
    """
    from . import __version__

    if isinstance(protocols, str) or not set(protocols) <= {"knn", "linear"}:
        raise InvalidArgument(
            f"report: protocols: want some of knn, linear, got {protocols!r}"
        )
    spec = model.spec_
    size, channels = spec["size"], spec["channels"]
    known, known_labels = _labelled("train", train, size)
    tested, tested_labels = _labelled("test", test, size)
    shared = {name: spec[name] for name in ("encoder", "width", "stem", "seed")}
    random = RandomEncoder(size=size, verbose=False, **shared)
    random.fit(Images(with_channels(known[:1], channels), channels=channels))

    pixels = [_pixels(images, size, channels) for images in (known, tested)]
    mean = pixels[0].mean(0)
    features = {
        "raw pixels": [rows - mean for rows in pixels],
        "random encoder": [random.transform(images) for images in (known, tested)],
        type(model).__name__: [model.transform(images) for images in (known, tested)],
    }
    rows = []
    for protocol in protocols:
        for name, (first, second) in features.items():
            data = (first, known_labels, second, tested_labels)
            if protocol == "knn":
                result = knn(*data, k=k, temperature=temperature)
            else:
                result = linear(*data)
            rows.append({"features": name, **result})
    learned = next(row for row in rows if row["features"] == type(model).__name__)
    settings = {"k": min(k, len(known)), "temperature": temperature}
    return Report(**{**learned, **settings}, rows=rows, spec=spec, version=__version__)


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


def _html_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def row(tag: str, cells: Iterable[str]) -> str:
        return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)

    body = "".join(f"<tr>{row('td', cells)}</tr>" for cells in rows)
    return f"<table><tr>{row('th', head)}</tr>{body}</table>"
