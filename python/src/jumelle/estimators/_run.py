"""A training run: the loop around the trainer's steps, its clock, its folder."""

from __future__ import annotations

import math
import os
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _check
from ..errors import FileError, InvalidArgument, LearningWarning
from ..images import Images, with_channels
from ..progress import Progress
from ._held_out import HeldOut
from ._log import LOG, UNKNOWN, Log, Measured, read_log
from ._trainer import Pictures, Spec, Trainer

MODEL = "model.npz"

_CHUNK = 512  # pictures that encode gives to one call


class Run:
    """A trainer, what was measured beside its steps, and where it is written to.

    Parameters
    ----------
    trainer : Trainer
    measured : list of Measured
        Of each step so far.
    folder : Path, optional
    """

    def __init__(
        self, trainer: Trainer, measured: list[Measured], folder: Path | None = None
    ) -> None:
        self.trainer, self.measured, self.folder = trainer, measured, folder
        self.spec = trainer.spec
        self.done = len(trainer.history()["step"])
        self._warned: set[str] = set()
        self._saved = -1  # the step that the folder holds
        self._saved_at = time.monotonic()
        self._pad()

    @classmethod
    def start(cls, spec: Spec, checkpoint: str | os.PathLike[str] | None) -> Run:
        """Begin a run, or go on with the one that checkpoint holds."""
        fresh = Trainer(spec)
        if checkpoint is None:
            return cls(fresh, [])
        folder = Path(_check.path("fit", "checkpoint", checkpoint))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                f"fit: checkpoint: cannot make {folder}: {error}"
            ) from error
        if not (folder / MODEL).exists():
            return cls(fresh, [], folder)
        saved = Trainer(path=str(folder / MODEL))
        for field, value in fresh.spec.items():
            if saved.spec.get(field) != value:
                raise InvalidArgument(
                    f"fit: checkpoint: want the run that {folder} holds, got another "
                    f"one: {field} is {value!r} here and {saved.spec.get(field)!r} "
                    "there. Give another folder to start anew"
                )
        run = cls(saved, read_log(folder / LOG), folder)
        run._saved = run.done
        return run

    @classmethod
    def load(cls, path: Path) -> Run:
        """Read a run back, from its file or from its folder."""
        if path.is_dir():
            return cls(Trainer(path=str(path / MODEL)), read_log(path / LOG))
        return cls(Trainer(path=str(path)), [])

    def train(
        self,
        pictures: Images,
        verbose: bool,
        minutes: float = math.inf,
        held_out: HeldOut | None = None,
        tensorboard: str | None = None,
    ) -> None:
        """Take the steps that are left. May be interrupted between any two."""
        part = len(pictures) // self.spec["batch_size"]
        epochs = self.spec["epochs"]
        if self.done >= part * epochs:
            self._warn()
            return
        label = f"{self.spec['method']} {self.spec['encoder']}"
        with (
            Log(self.folder, tensorboard, self.history()) as log,
            Progress(
                part * epochs, label, part=part, enabled=verbose, done=self.done
            ) as progress,
        ):
            self._warn()
            try:
                while self.done < part * epochs:
                    rows = self.trainer.next()
                    began = time.perf_counter()
                    stats = self.trainer.step(pictures.read(rows))
                    spent = time.perf_counter() - began
                    self.done += 1
                    ended = self.done % part == 0
                    accuracy = math.nan
                    if held_out is not None and ended:
                        accuracy = held_out.accuracy(self)
                    self.measured.append(Measured(spent, len(rows), accuracy))
                    log.write(stats, self.measured[-1])
                    text = f"epoch {stats.epoch + 1}/{epochs}  loss {stats.loss:.4f}  "
                    if held_out is not None:
                        text += f"held out {held_out.last:.1%}  "
                    progress.step(f"{text}{len(rows) / spent:.0f} pictures/s")
                    if ended or time.monotonic() - self._saved_at >= 60 * minutes:
                        self.save()
                    self._warn()
            finally:
                # A stop may come right after a step, before it is written.
                log.complete(self.history())

    def step(self, pictures: Pictures) -> None:
        """Take one step on a batch of the caller's."""
        began = time.perf_counter()
        self.trainer.step(pictures)
        spent = time.perf_counter() - began
        self.done += 1
        self.measured.append(Measured(spent, len(pictures), math.nan))
        self._warn()

    def _warn(self) -> None:
        """Pass on what is wrong with the run, each kind once."""
        for kind, message in self.trainer.warnings().items():
            if kind not in self._warned:
                self._warned.add(kind)
                # Of whoever called fit or partial_fit: they call train or step.
                warnings.warn(message, LearningWarning, stacklevel=4)

    def _pad(self) -> None:
        """Give each step its entry: unknown where a stop came before the log."""
        del self.measured[self.done :]
        self.measured += [UNKNOWN] * (self.done - len(self.measured))

    def history(self) -> dict[str, npt.NDArray[Any]]:
        """Give the statistics of every step as arrays."""
        known = {n: np.asarray(v) for n, v in self.trainer.history().items()}
        self.done = len(known["step"])
        self._pad()
        columns = np.asarray(self.measured, np.float64).reshape(-1, len(UNKNOWN))
        spent, taken, held_out = columns.T
        history = {
            "step": known.pop("step").astype(np.int64),
            "epoch": known.pop("epoch").astype(np.int64),
            "loss": known.pop("loss").astype(np.float64),
            "lr": known.pop("learning_rate").astype(np.float64),
            "seconds": np.nancumsum(spent) + 0 * spent,
            "images_per_second": taken / spent,
            **{name: values.astype(np.float64) for name, values in known.items()},
        }
        if not np.isnan(held_out).all():
            history["held_out_accuracy"] = held_out
        return history

    def encode(
        self,
        pictures: Images,
        block: int = 0,
        projected: bool = False,
        progress: Progress | None = None,
    ) -> npt.NDArray[np.float32]:
        """Give the features (n, d) of pictures, some at a time."""
        parts = []
        for first in range(0, len(pictures), _CHUNK):
            batch = pictures[first : first + _CHUNK]
            batch = with_channels(batch, self.spec["channels"])
            parts.append(self.trainer.encode(batch, block, projected))
            if progress is not None:
                progress.step(n=len(batch))
        return np.concatenate(parts)

    def save(self) -> None:
        """Write the run into its folder, if it has one and steps are new."""
        if self.folder is None or self.done == self._saved:
            return
        self.trainer.save(str(self.folder / MODEL))
        self._saved, self._saved_at = self.done, time.monotonic()
