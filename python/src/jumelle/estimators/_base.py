"""What every estimator shares: parameters, the loop of fit, features, files.

A method is a small class beside this one that adds its own parameters. The
networks, the optimizer and the schedule are the library's trainer's; this module
owns the loop around its steps, the report and the stop.
"""

from __future__ import annotations

import dataclasses
import math
import os
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .. import _check
from ..augment import Pipeline
from ..errors import InvalidArgument, NotFittedError
from ..images import images_of, with_channels
from ..progress import Progress
from ._run import Run
from ._trainer import Spec, Trainer

_CHUNK = 512  # pictures that transform encodes in one call
_PATIENCE = 2.0  # seconds before transform shows progress

_SHARED = """encoder : {"small", "resnet18"}
        The network that makes features. "small" has four blocks and 256 features.
    width : float
        Multiplies the encoder's channels.
    stem : {"auto", "small", "imagenet"}
        The first layers. "auto" chooses by the size of the views.
    size : int, optional
        The side of the views in pixels. None: that of the pictures, if square.
        Files of other sizes are resized to it.
    epochs : int
        Passes over the pictures.
    batch_size : int
        Pictures of one step.
    micro_batch : int
        Pictures that go through the networks together, to save memory; it divides
        batch_size. Loss and gradient stay those of the batch, but batch norm has the
        statistics of each slice, and a step takes up to half as long again. 0: the
        whole batch. MoCo 1 and 2 always go in slices, and take 0 alone.
    optimizer : {"sgd", "lars", "adamw"}, optional
    learning_rate : float, optional
        At its peak, for this batch size. None: the preset's.
    weight_decay : float, optional
    warmup_epochs : float, optional
        Epochs in which the learning rate rises; then it falls.
    augment : pipeline or dict, optional
        What makes the views: see ``jumelle.augment``. None: the method's preset.
    preset : {"auto", "small", "paper"}
        Sets what is None: "small" for a few thousand small pictures on one machine,
        "paper" as the method's paper has it. "auto" chooses by the data.
    precision : {"float32"}
    seed : int
        Start values, order and views depend on it alone.
    threads : int, optional
        None: as ``set_threads`` says.
    verbose : bool
        False shows no progress."""


@dataclasses.dataclass(kw_only=True, eq=False, repr=False)
class Estimator:
    """The base of all methods; not used by itself."""

    encoder: str = "small"
    width: float = 1.0
    stem: str = "auto"
    size: int | None = None
    epochs: int = 20
    batch_size: int = 256
    micro_batch: int = 0
    optimizer: str | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    warmup_epochs: float | None = None
    augment: Pipeline | dict[str, Any] | None = None
    preset: str = "auto"
    precision: str = "float32"
    seed: int = 0
    threads: int | None = None
    verbose: bool = True

    _method: ClassVar[str]
    # Parameters that are not fields of the run's document.
    _not_in_spec: ClassVar[frozenset[str]] = frozenset({"verbose"})

    def __init_subclass__(cls) -> None:
        cls.__doc__ = (cls.__doc__ or "").replace("{shared}", _SHARED)

    # ---- parameters -----------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters by name.

        Parameters
        ----------
        deep : bool
            Takes no effect: there are no estimators inside.
        """
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def set_params(self, **params: Any) -> Any:
        """Set parameters by name, and return the estimator.

        Raises
        ------
        InvalidArgument
            A name that the estimator does not have.
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise InvalidArgument(
                    f"set_params: {name}: want one of {', '.join(known)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = [
            f"{f.name}={getattr(self, f.name)!r}"
            for f in dataclasses.fields(self)
            if getattr(self, f.name) is not f.default
            and getattr(self, f.name) != f.default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def _spec(self, shape: tuple[int, ...], pictures: int) -> Spec:
        """Write the run's document for pictures (n, h, w, c)."""
        op = type(self).__name__
        spec: Spec = {"method": self._method, "channels": int(shape[3])}
        if pictures:
            spec["pictures"] = pictures
        for name, value in self.get_params().items():
            if value is not None and name not in self._not_in_spec:
                spec[name] = _plain(op, name, value)
        if self.size is None:
            if shape[1] != shape[2]:
                raise InvalidArgument(
                    f"{op}: size: want the side of the views, as the pictures are not "
                    f"square ({shape[1]}x{shape[2]}), got None"
                )
            spec["size"] = int(shape[1])
        return spec

    # ---- learning -------------------------------------------------------------

    def fit(
        self,
        images: Any,
        y: Any = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> Any:
        """Learn from pictures without labels.

        Parameters
        ----------
        images : anything that Images takes
            Files are decoded at ``size``.
        y : ignored
        checkpoint : path of a folder, optional
            Writes model.npz and history.json there after every epoch, and when
            interrupted. The same call again goes on from there: its result equals
            that of an unbroken run bit for bit.

        Returns
        -------
        self
            Ctrl-C keeps what was learned: the estimator can be used, and
            KeyboardInterrupt goes on to the caller.

        Raises
        ------
        InvalidArgument
            A parameter out of range; a checkpoint of another run.
        NumericError
            The loss is not finite any more. The last finite state stays.
        FileError
            Pictures or checkpoint cannot be read or written.
        """
        pictures = images_of(images, size=self.size)
        spec = self._spec(pictures.shape, len(pictures))
        run = Run.start(spec, checkpoint)
        self._run = run
        try:
            run.train(pictures, self.verbose)
        finally:
            run.save()
        return self

    def partial_fit(self, images: Any, y: Any = None) -> Any:
        """Take one optimizer step on one batch.

        The first call makes the networks; the learning rate stays constant.

        Parameters
        ----------
        images : uint8 (n, h, w, c) or Images
            At least 2 pictures.
        y : ignored

        Returns
        -------
        self
        """
        pictures = images_of(images, size=self.size)
        run: Run | None = self.__dict__.get("_run")
        if run is None:
            run = Run.start(self._spec(pictures.shape, 0), None)
        run.step(with_channels(pictures.array(), run.spec["channels"]))
        self._run = run
        return self

    @property
    def history_(self) -> dict[str, npt.NDArray[Any]]:
        """Statistics of every step, a dict of arrays.

        step (from 1), epoch (from 0), loss, lr, seconds (since the start of the
        training), images_per_second, feature_std (of the normalised embeddings:
        1/sqrt(d) is healthy, near 0 they collapsed), effective_rank (RankMe, 1 to
        d), uninformed_loss (of embeddings that say nothing about their pictures),
        alignment (mean squared distance of a picture's views, 0 to 4), uniformity
        (0: all embeddings equal; towards -4: spread out), gradient_norm. Times that
        were not measured, as in a loaded model, are NaN.
        """
        return self._fitted("history_").history()

    @property
    def spec_(self) -> Spec:
        """The whole document of the run, each default filled in."""
        return dict(self._fitted("spec_").spec)

    def _fitted(self, what: str) -> Run:
        run: Run | None = self.__dict__.get("_run")
        if run is None:
            raise NotFittedError(
                f"{what}: this {type(self).__name__} has learned nothing yet: "
                "call fit first"
            )
        return run

    # ---- features -------------------------------------------------------------

    def transform(
        self, images: Any, *, block: int | None = None
    ) -> npt.NDArray[np.float32]:
        """Make features of pictures.

        Parameters
        ----------
        images : anything that Images takes
            Resized and centre cropped to the size of the views.
        block : int, optional
            Gives the features after this block of the encoder, from 1, averaged
            over the picture. None: the encoder's output.

        Returns
        -------
        features : float32 (n, d)

        Raises
        ------
        NotFittedError
            Before fit.
        """
        if block is not None:
            block = _check.integer("transform", "block", block, 1, 64)
        return self._encode("transform", images, block or 0, projected=False)

    def project(self, images: Any) -> npt.NDArray[np.float32]:
        """Make the projection head's output, in which the loss compares views.

        Parameters
        ----------
        images : anything that Images takes

        Returns
        -------
        embeddings : float32 (n, d)
        """
        return self._encode("project", images, 0, projected=True)

    def fit_transform(self, images: Any, y: Any = None) -> npt.NDArray[np.float32]:
        """Learn from pictures, then make their features.

        Parameters
        ----------
        images : anything that Images takes
        y : ignored

        Returns
        -------
        features : float32 (n, d)
        """
        pictures = images_of(images, size=self.size)
        features: npt.NDArray[np.float32] = self.fit(pictures).transform(pictures)
        return features

    def _encode(
        self, op: str, images: Any, block: int, projected: bool
    ) -> npt.NDArray[np.float32]:
        run = self._fitted(op)
        if isinstance(images, np.ndarray) and images.ndim in (3, 4) and not len(images):
            images = np.empty((0, *images.shape[1:]), np.uint8)  # no pictures: (0, d)
            empty = _check.pictures(op, "images", images)
            return run.trainer.encode(empty, block, projected)
        pictures = images_of(images, size=run.spec["size"])
        parts = []
        with Progress(
            len(pictures), op, enabled=self.verbose, delay=_PATIENCE
        ) as progress:
            for first in range(0, len(pictures), _CHUNK):
                batch = pictures[first : first + _CHUNK]
                batch = with_channels(batch, run.spec["channels"])
                parts.append(run.trainer.encode(batch, block, projected))
                progress.step(n=len(batch))
        return np.concatenate(parts)

    # ---- files ----------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything that training on needs into one .npz file.

        The file is written under a temporary name that becomes path when it is
        whole; ``numpy.load(path)`` reads it, and ``jumelle.load``.

        Parameters
        ----------
        path : path

        Raises
        ------
        FileError
            The file cannot be written; nothing half-written is left.
        """
        run = self._fitted("save")
        run.trainer.save(_check.path("save", "path", path))

    def _adopt(self, run: Run) -> Any:
        """Take over a run, and the parameters that its document names."""
        for name in self.get_params():
            if name in run.spec:
                setattr(self, name, _python(name, run.spec[name]))
        self._run = run
        return self

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        run: Run | None = state.pop("_run", None)
        if run is not None:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "model.npz")
                run.trainer.save(str(file))
                state["_checkpoint"] = file.read_bytes()
            state["_clock"] = run.clock
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        checkpoint = state.pop("_checkpoint", None)
        clock = state.pop("_clock", [])
        self.__dict__.update(state)
        if checkpoint is not None:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "model.npz")
                file.write_bytes(checkpoint)
                self._run = Run(Trainer(path=str(file)), clock)

    # ---- scikit-learn ---------------------------------------------------------

    def __sklearn_is_fitted__(self) -> bool:
        return "_run" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="transformer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(two_d_array=False, three_d_array=True),
        )


def _plain(op: str, name: str, value: Any) -> Any:
    """Make a parameter fit for JSON; the library judges its value."""
    if isinstance(value, Pipeline):
        return value.spec
    if isinstance(value, np.generic):  # as a grid search over an array gives
        value = value.item()
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(op, name, v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidArgument(f"{op}: {name}: want a finite number, got {value}")
    if isinstance(value, (str, bool, int, float, dict)):
        return value
    raise InvalidArgument(f"{op}: {name}: want a plain value, got {_check.kind(value)}")


def _python(name: str, value: Any) -> Any:
    """Turn a field of a document into the parameter it came from."""
    if name == "augment" and value is not None:
        return Pipeline(value)
    if name == "threads":
        return value or None
    return tuple(value) if isinstance(value, list) else value
