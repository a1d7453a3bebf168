"""A training run: the loop around the trainer's steps, its clock, its folder."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _check
from ..errors import FileError, InvalidArgument
from ..images import Images
from ..progress import Progress
from ._trainer import Pictures, Spec, Trainer

MODEL, HISTORY = "model.npz", "history.json"


# Of each step: its seconds, and the pictures it took. NaN where not measured.
Clock = list[tuple[float, float]]
_UNKNOWN = (float("nan"), float("nan"))


class Run:
    """A trainer, the time its steps took, and where it is written to.

    Parameters
    ----------
    trainer : Trainer
    clock : list of (float, float)
        Of each step so far: seconds, and number of pictures.
    folder : Path, optional
    """

    def __init__(
        self, trainer: Trainer, clock: Clock, folder: Path | None = None
    ) -> None:
        self.trainer, self.clock, self.folder = trainer, clock, folder
        self.spec = trainer.spec
        self._saved = -1  # the step that the folder holds

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
        run = cls(saved, read_clock(folder / HISTORY), folder)
        run._saved = run.steps_done()
        return run

    def steps_done(self) -> int:
        """Count the steps taken."""
        return len(self.trainer.history()["step"])

    def train(self, pictures: Images, verbose: bool) -> None:
        """Take the steps that are left. May be interrupted between any two."""
        part = len(pictures) // self.spec["batch_size"]
        total = part * self.spec["epochs"]
        done = self.steps_done()
        self._pad(done)
        label = f"{self.spec['method']} {self.spec['encoder']}"
        with Progress(total, label, part=part, enabled=verbose, done=done) as progress:
            for i in range(done + 1, total + 1):
                began = time.perf_counter()
                stats = self.trainer.step(pictures.read(self.trainer.next()))
                spent = time.perf_counter() - began
                self.clock.append((spent, self.spec["batch_size"]))
                progress.step(
                    f"epoch {stats.epoch + 1}/{self.spec['epochs']}  "
                    f"loss {stats.loss:.4f}  "
                    f"{self.spec['batch_size'] / spent:.0f} pictures/s"
                )
                if i % part == 0:
                    self.save()

    def step(self, pictures: Pictures) -> None:
        """Take one step on a batch of the caller's."""
        self._pad(self.steps_done())
        began = time.perf_counter()
        self.trainer.step(pictures)
        self.clock.append((time.perf_counter() - began, len(pictures)))

    def _pad(self, done: int) -> None:
        """Give each step its time: unknown where a stop came before the clock."""
        del self.clock[done:]
        self.clock += [_UNKNOWN] * (done - len(self.clock))

    def history(self) -> dict[str, npt.NDArray[Any]]:
        """Give the statistics of every step as arrays."""
        steps = self.trainer.history()
        step = np.asarray(steps.pop("step"), np.int64)
        self._pad(len(step))
        spent, taken = np.asarray(self.clock, np.float64).reshape(-1, 2).T
        known = {name: np.asarray(values) for name, values in steps.items()}
        first = {
            "step": step,
            "epoch": known.pop("epoch").astype(np.int64),
            "loss": known.pop("loss").astype(np.float64),
            "lr": known.pop("learning_rate").astype(np.float64),
            "seconds": np.nancumsum(spent) + 0 * spent,
            "images_per_second": taken / spent,
        }
        return {**first, **{n: v.astype(np.float64) for n, v in known.items()}}

    def save(self) -> None:
        """Write the run into its folder, if it has one and steps are new."""
        if self.folder is None:
            return
        done = self.steps_done()
        if done == self._saved:
            return
        self.trainer.save(str(self.folder / MODEL))
        history = {
            name: [None if v != v else v for v in values.tolist()]
            for name, values in self.history().items()
        }
        temporary = self.folder / f"{HISTORY}.tmp"
        try:
            temporary.write_text(json.dumps(history))
            temporary.replace(self.folder / HISTORY)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise FileError(
                f"fit: checkpoint: cannot write {self.folder / HISTORY}: {error}"
            ) from error
        self._saved = done


def read_clock(path: Path) -> Clock:
    """Read the times of the steps from a history that an earlier call wrote."""
    try:
        history = json.loads(path.read_text())
        ends, rates = history["seconds"], history["images_per_second"]
        clock, before = [], 0.0
        for end, rate in zip(ends, rates, strict=True):
            if end is None or rate is None:
                clock.append(_UNKNOWN)
                continue
            clock.append((end - before, rate * (end - before)))
            before = end
        return clock
    except (OSError, ValueError, KeyError, TypeError):
        return []  # times only: the run goes on without them
