"""Views as a PyTorch data set: a batch in one call, and no copies on the way.

Views are pure functions of seed, epoch, index and view: batch order, batch size,
workers and threads change no byte.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset, get_worker_info
from torch.utils.data import default_collate as _default_collate

from .. import _check
from ..augment import Pipeline
from ..errors import ForkedError, InvalidArgument
from ..images import images_as_they_are
from ._normalize import Normalizer

__all__ = ["ViewsDataset", "collate"]

_OP = "ViewsDataset"
_MAX_VIEWS = 65536
_MAX_EPOCH = 2**32 - 1


class ViewsDataset(Dataset):  # type: ignore[misc, type-arg, unused-ignore]
    """Random views of pictures, for ``torch.utils.data.DataLoader``.

    A sample is a tuple of its views, each (c, size, size). With ``collate`` a batch
    is one tensor (views, n, c, size, size): ``x1, x2 = batch`` takes it apart, and
    ``batch.flatten(0, 1)`` is the input of one forward pass; neither copies. With
    PyTorch's own collation it is a list of the same tensors, at the price of a copy.

    uint8 batches lie in memory as the views were made, channels last: each view is
    contiguous in ``torch.channels_last``. float32 batches are contiguous.

    Another epoch gives other views: call ``set_epoch`` before each, or use
    ``ViewsLoader``, which counts.

    Views are made by threads, so ``num_workers=0`` is as fast as workers are, and
    nothing must be sent. Workers must be started with
    ``multiprocessing_context="spawn"``; in one made by ``fork()`` ForkedError is
    raised. A worker uses one thread, unless ``threads`` says otherwise.

    Parameters
    ----------
    images : Images, or what Images takes
        Gray arrays stay gray; files are read as colours, each at its own size.
    pipe : Pipeline
        Makes the views.
    views : int
        Of each picture.
    seed : int
    labels : int (n,), optional
        Given, a sample is (views, label) and a batch (views, labels int64 (n,)).
    normalize : (mean, std), optional
        Numbers, or one for each channel, in units where white is 1: views become
        float32, (v / 255 - mean) / std. None leaves them uint8.
    threads : int, optional
        None: as ``jumelle.set_threads`` says.

    Raises
    ------
    InvalidArgument
        Labels of another number than pictures, a std that is not positive, a number
        out of range.

    Examples
    --------
    >>> import jumelle as jm
    >>> import jumelle.torch as jt
    >>> from torch.utils.data import DataLoader
    >>> pictures, _ = jm.datasets.shapes(8, size=32, seed=0)
    >>> dataset = jt.ViewsDataset(pictures, jm.augment.simclr(size=24))
    >>> for batch in DataLoader(dataset, batch_size=4, collate_fn=jt.collate):
    ...     batch.shape
    torch.Size([2, 4, 3, 24, 24])
    torch.Size([2, 4, 3, 24, 24])
    """

    def __init__(
        self,
        images: object,
        pipe: Pipeline,
        views: int = 2,
        *,
        seed: int = 0,
        labels: npt.ArrayLike | None = None,
        normalize: tuple[Any, Any] | None = None,
        threads: int | None = None,
    ) -> None:
        if not isinstance(pipe, Pipeline):
            raise InvalidArgument(
                f"{_OP}: pipe: want a pipeline of jumelle.augment, "
                f"got {_check.kind(pipe)}"
            )
        self.images = images_as_they_are(_OP, images)
        self.pipe = pipe
        self.views = _check.integer(_OP, "views", views, 1, _MAX_VIEWS)
        self.seed = _check.seed(_OP, seed)
        self.labels: torch.Tensor | None = None
        if labels is not None:
            numbers = _check.integers(_OP, "labels", labels, len(self.images))
            self.labels = torch.from_numpy(numbers.copy())
        self.threads = threads
        _check.threads(_OP, threads)
        self._normalizer = None
        if normalize is not None:
            self._normalizer = Normalizer(_OP, normalize, self.images.shape[3])
        self._size = pipe.size
        # A tensor, because those are shared with workers and not copied: they see
        # set_epoch although they live on.
        self._epoch = torch.zeros((), dtype=torch.int64)
        self._times_set = 0  # how often set_epoch was called: see ViewsLoader
        self._process = os.getpid()

    @property
    def epoch(self) -> int:
        """The epoch whose views are made: 0 at first."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Make another epoch's views from now on, in workers too.

        Parameters
        ----------
        epoch : int
        """
        self._epoch.fill_(_check.integer(_OP, "epoch", epoch, 0, _MAX_EPOCH))
        self._times_set += 1

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Any:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> _Batch:
        """Make a batch in one call; its elements are the samples."""
        if os.getpid() != self._process:
            raise ForkedError(
                f"{_OP}: want num_workers=0 (views are made by threads), or "
                'multiprocessing_context="spawn" for workers: got a process made by '
                "fork(), in which the library does not work"
            )
        rows = self._rows(indices)
        threads = self.threads
        if threads is None and get_worker_info() is not None:
            threads = 1
        shape = (self.views, len(rows), self._size, self._size, self.images.shape[3])
        made = torch.empty(shape, dtype=torch.uint8)
        if len(rows):
            self.pipe(
                self.images,
                views=self.views,
                seed=self.seed,
                epoch=self.epoch,
                indices=rows,
                out=made.numpy(),
                threads=threads,
            )
        batch = made.permute(0, 1, 4, 2, 3)
        if self._normalizer is not None:
            batch = self._normalizer(batch)
        labels = None if self.labels is None else self.labels[torch.from_numpy(rows)]
        return _Batch(batch, labels)

    def _rows(self, indices: Sequence[int]) -> npt.NDArray[np.int64]:
        n = len(self)
        rows = np.asarray(indices if len(indices) else np.empty(0, np.int64))
        if rows.dtype.kind not in "iu" or rows.ndim != 1:
            raise InvalidArgument(
                f"{_OP}: index: want whole numbers, got {_check.kind(rows)}"
            )
        rows = rows.astype(np.int64)
        if rows.size and not (-n <= rows.min() and rows.max() < n):
            worst = rows.min() if rows.min() < -n else rows.max()
            raise IndexError(f"{_OP}: index: want {-n} to {n - 1}, got {worst}")
        return np.where(rows < 0, rows + n, rows)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _process=os.getpid())


class _Batch(Sequence[Any]):
    """A batch, whole, that is also the list of its samples.

    The DataLoader hands it on to the collation: ``collate`` takes it whole, any
    other takes the samples, which are views of the same memory.
    """

    def __init__(self, views: torch.Tensor, labels: torch.Tensor | None) -> None:
        self.views, self.labels = views, labels

    def __len__(self) -> int:
        return int(self.views.shape[1])

    def __getitem__(self, i: Any) -> Any:
        views = self.views[:, i].unbind(0)
        return views if self.labels is None else (views, int(self.labels[i]))


def collate(samples: Sequence[Any]) -> Any:
    """Give a batch of a ViewsDataset as one tensor, without a copy.

    For ``DataLoader(dataset, collate_fn=jumelle.torch.collate)``. Samples that come
    one by one, as through ``torch.utils.data.ConcatDataset``, are copied together.

    Parameters
    ----------
    samples : batch of a ViewsDataset, or list of its samples

    Returns
    -------
    views : uint8 or float32 (views, n, c, size, size)
        Or (views, labels int64 (n,)), where the data set has labels.
    """
    if isinstance(samples, _Batch):
        views, labels = samples.views, samples.labels
        return views if labels is None else (views, labels)
    batch = _default_collate(samples)
    if torch.is_tensor(batch[0]):
        return torch.stack(list(batch))
    return torch.stack(list(batch[0])), batch[1]
