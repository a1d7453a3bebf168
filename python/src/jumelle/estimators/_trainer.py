"""The native trainer with arrays for arguments."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _abi

Pictures = npt.NDArray[np.uint8]
Spec = dict[str, Any]


class Trainer:
    """One training run: networks, optimizer, schedule and views.

    Parameters
    ----------
    spec : dict
        The run's document; only "method" has no default.
    path : str
        A checkpoint to go on from, instead.
    """

    def __init__(self, spec: Spec | None = None, *, path: str | None = None) -> None:
        if path is not None:
            self.handle = _abi.Handle("trainer", "trainer_load", os.fsencode(path))
        else:
            document = json.dumps(spec).encode()
            self.handle = _abi.Handle("trainer", "trainer_new", document)
        self.spec: Spec = json.loads(_abi.text("trainer_spec", self.handle))

    def next(self) -> npt.NDArray[np.int64]:
        """Say which pictures the next step wants."""
        rows = np.empty(self.spec["batch_size"], np.int64)
        _abi.call("trainer_next", self.handle, _abi.npy(rows))
        return rows

    def step(self, pictures: Pictures) -> _abi.StepStats:
        """Take one step."""
        stats = _abi.StepStats()
        _abi.call("trainer_step", self.handle, _abi.npy(pictures), _abi.ref(stats))
        return stats

    def encode(
        self, pictures: Pictures, block: int, projected: bool
    ) -> npt.NDArray[np.float32]:
        """Give the features (n, d) of pictures."""
        options = _abi.EncodeOptions(block=block, projected=int(projected))
        dim = _abi.int64s(1)
        _abi.call("trainer_dim", self.handle, _abi.ref(options), dim)
        out = np.empty((len(pictures), dim[0]), np.float32)
        if len(pictures):
            wrapped = _abi.npy(pictures), _abi.ref(options), _abi.npy(out)
            _abi.call("trainer_encode", self.handle, *wrapped)
        return out

    def save(self, path: str) -> None:
        """Write a checkpoint."""
        _abi.call("trainer_save", self.handle, os.fsencode(path))

    def history(self) -> dict[str, list[float]]:
        """Give the statistics of every step so far."""
        return dict(json.loads(_abi.text("trainer_history", self.handle)))

    def warnings(self) -> dict[str, str]:
        """Tell what keeps the run from learning: messages by kind."""
        listed = json.loads(_abi.text("trainer_warnings", self.handle))
        return {warning["kind"]: warning["message"] for warning in listed}

    def profile(self) -> dict[str, Any]:
        """Measure where the time and the memory of a step go."""
        return dict(json.loads(_abi.text("trainer_profile", self.handle)))
