"""What is written of each step while a run goes on.

A run's folder has ``log.jsonl``: one JSON object a step, on a line of its own, as it
stands in ``history_``. It is written when the step is done, so that a kill costs at
most the line that was being written. A run that goes on from a checkpoint first makes
the log agree with it: lines of later steps go, missing ones come, without times.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy.typing as npt

from .. import _abi
from ..errors import FileError

LOG = "log.jsonl"


class Measured(NamedTuple):
    """What Python measures of a step beside the trainer's statistics."""

    seconds: float
    pictures: float
    held_out: float  # accuracy; NaN except after the last step of an epoch


History = dict[str, npt.NDArray[Any]]  # an entry a step, by name
UNKNOWN = Measured(math.nan, math.nan, math.nan)


class Log:
    """Where the steps of a run are written to: its folder, and TensorBoard.

    Parameters
    ----------
    folder : Path, optional
        Of the run; None: no log.jsonl.
    tensorboard : str, optional
        A folder for TensorBoard's scalars.
    history : History
        Of the steps that were taken before.

    Raises
    ------
    FileError
        The log cannot be written.
    ImportError
        tensorboard without the package that writes its files.
    """

    def __init__(
        self, folder: Path | None, tensorboard: str | None, history: History
    ) -> None:
        done = len(history["step"])
        self._path = None if folder is None else folder / LOG
        self._file: Any = None
        self._written, self._seconds = done, 0.0
        self._board = None
        if tensorboard is not None:
            # Its files are named by the second: the suffix tells runs apart that go on
            # within one.
            self._board = _writer()(
                tensorboard, purge_step=done + 1, filename_suffix=f".{done}"
            )
        if self._path is None:
            return
        entries = _entries(self._path)[:done]
        self._written = len(entries)
        for entry, _ in entries:
            self._seconds = entry["seconds"] or self._seconds
        try:
            self._file = self._path.open("ab")
            self._file.truncate(entries[-1][1] if entries else 0)
        except OSError as error:
            raise self._cannot(error) from error
        self.complete(history)

    def write(self, stats: _abi.StepStats, measured: Measured) -> None:
        """Write one step."""
        self._seconds += measured.seconds
        entry = {
            "step": stats.step,
            "epoch": stats.epoch,
            "loss": stats.loss,
            "lr": stats.learning_rate,
            "seconds": self._seconds,
            "images_per_second": measured.pictures / measured.seconds,
            "feature_std": stats.feature_std,
            "effective_rank": stats.effective_rank,
            "uninformed_loss": stats.uninformed_loss,
            "alignment": stats.alignment,
            "uniformity": stats.uniformity,
            "gradient_norm": stats.gradient_norm,
        }
        if not math.isnan(measured.held_out):
            entry["held_out_accuracy"] = measured.held_out
        self._line(entry)
        if self._board is not None:
            for name, value in entry.items():
                if name not in ("step", "epoch", "seconds"):
                    self._board.add_scalar(name, value, stats.step)

    def complete(self, history: History) -> None:
        """Write the steps that a stop kept from being written."""
        for i in range(self._written, len(history["step"])):
            entry = {name: values[i].item() for name, values in history.items()}
            self._line({k: None if v != v else v for k, v in entry.items()})

    def _line(self, entry: dict[str, Any]) -> None:
        self._written += 1
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(entry).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise self._cannot(error) from error

    def _cannot(self, error: OSError) -> FileError:
        return FileError(f"fit: checkpoint: cannot write {self._path}: {error}")

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._board is not None:
            self._board.close()
        if self._file is not None:
            try:
                self._file.close()
            except OSError as problem:  # what the disk did not take
                if error is None:
                    raise self._cannot(problem) from problem


def read_log(path: Path) -> list[Measured]:
    """Read what was measured of each step, as far as the log is whole."""
    measured: list[Measured] = []
    before = 0.0
    for entry, _ in _entries(path):
        end, rate = entry["seconds"], entry["images_per_second"]
        accuracy = entry.get("held_out_accuracy")
        if end is None or rate is None:
            measured.append(UNKNOWN)
            continue
        spent, before = end - before, end
        held_out = math.nan if accuracy is None else accuracy
        measured.append(Measured(spent, rate * spent, held_out))
    return measured


def _entries(path: Path) -> list[tuple[dict[str, Any], int]]:
    """Read the whole lines of steps 1, 2, ... of a log, and where each ends."""
    try:
        content = path.read_bytes()
    except OSError:
        return []  # times and accuracies only: a run goes on without them
    entries: list[tuple[dict[str, Any], int]] = []
    end = 0
    for line in content.splitlines(keepends=True):
        end += len(line)
        try:
            entry = json.loads(line)
            numbers = [entry[k] for k in ("step", "seconds", "images_per_second")]
        except (ValueError, KeyError, TypeError):
            break
        numbers.append(entry.get("held_out_accuracy"))
        whole = line.endswith(b"\n") and all(map(_is_number, numbers))
        if not whole or numbers[0] != len(entries) + 1:
            break
        entries.append((entry, end))
    return entries


def _is_number(value: object) -> bool:
    """Say whether value is a finite number, or None for one that is not known."""
    return value is None or (isinstance(value, (int, float)) and math.isfinite(value))


def _writer() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise ImportError(
            f"fit: tensorboard needs tensorboardX ({error}): "
            'pip install "jumelle[tensorboard]"'
        ) from error
    return SummaryWriter
