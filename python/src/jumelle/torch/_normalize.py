"""Bytes to normalised floats, channel by channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from .. import _check
from ..errors import InvalidArgument


class Normalizer:
    """Computes (v / 255 - mean) / std, as one product and one sum in float32.

    Parameters
    ----------
    op : str
        Who is at fault if something is wrong.
    given : (mean, std)
        Each a number, or one for each channel.
    channels : int
    """

    def __init__(self, op: str, given: Any, channels: int) -> None:
        if not isinstance(given, Sequence) or len(given) != 2:
            raise InvalidArgument(
                f"{op}: normalize: want (mean, std), got {_check.kind(given)}"
            )
        mean = _of_channels(f"{op}: normalize: mean", given[0], channels)
        std = _of_channels(f"{op}: normalize: std", given[1], channels)
        if not (std > 0).all():
            raise InvalidArgument(
                f"{op}: normalize: std: want positive numbers, got {given[1]!r}"
            )
        self._scale = torch.from_numpy((1 / (255 * std)).astype(np.float32))
        self._shift = torch.from_numpy((-mean / std).astype(np.float32))

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        """Take uint8 (..., c, h, w), give float32, contiguous."""
        floats = torch.empty(batch.shape, dtype=torch.float32)
        return floats.copy_(batch).mul_(self._scale).add_(self._shift)


def _of_channels(what: str, value: Any, channels: int) -> npt.NDArray[np.float64]:
    """Give float64 (channels, 1, 1)."""
    try:
        array = np.asarray(value, np.float64)
        wide = np.broadcast_to(array.reshape(-1), (channels,))
    except (TypeError, ValueError):
        wide = np.full(1, np.nan)
    if not np.isfinite(wide).all():
        raise InvalidArgument(
            f"{what}: want a finite number, or {channels}, got {value!r}"
        )
    return wide.reshape(channels, 1, 1)
