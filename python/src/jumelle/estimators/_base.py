"""What every estimator does: the loop of fit, features, files.

A method is a small class beside this one that adds its own parameters. The
networks, the optimizer and the schedule are the library's trainer's; this module
owns the loop around its steps, the report and the stop.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _check
from ..errors import NotFittedError
from ..images import images_of, with_channels
from ..progress import Progress
from ._held_out import HeldOut
from ._parameters import Parameters
from ._run import Run
from ._trainer import Spec, Trainer

_PATIENCE = 2.0  # seconds before transform shows progress


@dataclasses.dataclass(kw_only=True, eq=False, repr=False)
class Estimator(Parameters):
    """The base of all methods; not used by itself."""

    # ---- learning -------------------------------------------------------------

    def fit(
        self,
        images: Any,
        y: Any = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_minutes: float = 5.0,
        held_out: Any = None,
        tensorboard: str | os.PathLike[str] | None = None,
    ) -> Any:
        """Learn from pictures without labels.

        Parameters
        ----------
        images : anything that Images takes
            Files are decoded at ``size``.
        y : ignored
        checkpoint : path of a folder, optional
            Writes model.npz there after every epoch, every few minutes and when
            interrupted, and each step into log.jsonl, a JSON object a line. The same
            call again goes on from there: its result equals that of an unbroken run
            bit for bit.
        checkpoint_minutes : float
            Between two checkpoints within an epoch, at least.
        held_out : (images, labels), or a folder with one sub-folder a class, optional
            Pictures to judge the features by after every epoch, by nearest
            neighbours: every other one is classified by the rest. The accuracy is
            shown, and in ``history_["held_out_accuracy"]``. Learning does not see
            them.
        tensorboard : path of a folder, optional
            Writes the statistics of each step there for TensorBoard. Needs the extra:
            ``pip install "jumelle[tensorboard]"``.

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

        Warns
        -----
        LearningWarning
            Settings that cannot work, or steps that show that nothing is learned:
            see ``warnings_``.
        """
        pictures = images_of(images, size=self.size)
        spec = self._spec(pictures.shape, len(pictures))
        minutes = _check.number("fit", "checkpoint_minutes", checkpoint_minutes)
        board = None
        if tensorboard is not None:
            board = _check.path("fit", "tensorboard", tensorboard)
        run = Run.start(spec, checkpoint)
        judge = None
        if held_out is not None:
            judge = HeldOut(held_out, run.spec["size"])
        self._run = run
        try:
            run.train(pictures, self.verbose, minutes, judge, board)
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
        (0: all embeddings equal; towards -4: spread out), gradient_norm, and
        held_out_accuracy where ``fit`` was given pictures for it (NaN but after the
        last step of an epoch). Times that were not measured, as in a loaded model,
        are NaN.
        """
        return self._fitted("history_").history()

    @property
    def warnings_(self) -> dict[str, str]:
        """What keeps the run from learning, in plain words, by kind.

        "collapse": all pictures have nearly the same embedding. "stuck": the loss
        stays at the value of embeddings that say nothing. "no_prediction",
        "fixed_target", "uneven_queue", "long_queue", "temperature", "small_batch":
        settings that cannot work well. Empty where nothing is wrong; ``fit`` warns of
        each once, with LearningWarning.
        """
        return self._fitted("warnings_").trainer.warnings()

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
        with Progress(
            len(pictures), op, enabled=self.verbose, delay=_PATIENCE
        ) as progress:
            return run.encode(pictures, block, projected, progress)

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
        self._adopt_parameters(run.spec)
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
            state["_measured"] = run.measured
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        checkpoint = state.pop("_checkpoint", None)
        measured = state.pop("_measured", [])
        self.__dict__.update(state)
        if checkpoint is not None:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "model.npz")
                file.write_bytes(checkpoint)
                self._run = Run(Trainer(path=str(file)), measured)

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
