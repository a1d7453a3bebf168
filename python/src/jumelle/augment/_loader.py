"""Batches of views, epoch by epoch, the next one made meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _abi, _check
from ..errors import InvalidArgument
from ..images import images_as_they_are
from ._pipeline import Pipeline

_MAX_EPOCH = 2**32 - 1


class Batch(NamedTuple):
    """Views of some pictures, and which pictures they are.

    Parameters
    ----------
    views : uint8 (views, n, size, size, c)
    indices : int64 (n,)
    """

    views: npt.NDArray[np.uint8]
    indices: npt.NDArray[np.int64]


class Loader:
    """Goes through pictures in batches of views; each pass over it is an epoch.

    While a batch is worked on, a thread reads, decodes and transforms the next: the
    library needs Python's lock for none of that. A picture's views depend on seed,
    epoch and its index alone, and the order of an epoch on seed and epoch: it is that
    in which an estimator with this seed goes through its pictures. So neither
    batch_size nor prefetch changes a view.

    Breaking off a pass, Ctrl-C too, ends the thread when the batch it makes is done.
    What goes wrong in it is raised where that batch is asked for.

    Parameters
    ----------
    images : Images, or what Images takes
        Gray arrays stay gray; files are read as colours, each at its own size.
    pipe : Pipeline
        Makes the views.
    batch_size : int
        Pictures of a batch; the last one of an epoch may have fewer.
    views : int
        Of each picture.
    seed : int
    shuffle : bool
        False: in the order of the images.
    drop_last : bool
        Leaves out the last batch if it has fewer pictures.
    prefetch : int
        How many batches are made ahead. Memory holds so many, and the one in use.
    threads : int, optional
        None: as ``jumelle.set_threads`` says.

    Attributes
    ----------
    epoch : int
        Which epoch the next pass is: 0 at first. It may be set.

    Raises
    ------
    InvalidArgument
        A number out of range, or what is no pipeline.

    Examples
    --------
    >>> import jumelle as jm
    >>> images, labels = jm.datasets.shapes(10, size=32, seed=0)
    >>> loader = jm.augment.Loader(images, jm.augment.simclr(size=24), batch_size=4)
    >>> for epoch in range(2):
    ...     for views, indices in loader:
    ...         print(epoch, views.shape, labels[indices].shape)
    0 (2, 4, 24, 24, 3) (4,)
    0 (2, 4, 24, 24, 3) (4,)
    0 (2, 2, 24, 24, 3) (2,)
    1 (2, 4, 24, 24, 3) (4,)
    1 (2, 4, 24, 24, 3) (4,)
    1 (2, 2, 24, 24, 3) (2,)
    """

    def __init__(
        self,
        images: Any,
        pipe: Pipeline,
        batch_size: int = 256,
        views: int = 2,
        *,
        seed: int = 0,
        shuffle: bool = True,
        drop_last: bool = False,
        prefetch: int = 1,
        threads: int | None = None,
    ) -> None:
        op = "Loader"
        if not isinstance(pipe, Pipeline):
            raise InvalidArgument(
                f"{op}: pipe: want a pipeline of jumelle.augment, "
                f"got {_check.kind(pipe)}"
            )
        self.images = images_as_they_are(op, images)
        self.pipe = pipe
        self.batch_size = _check.integer(op, "batch_size", batch_size, 1, 2**31 - 1)
        self.views = _check.integer(op, "views", views, 1, 65536)
        self.seed = _check.seed(op, seed)
        self.shuffle, self.drop_last = bool(shuffle), bool(drop_last)
        self.prefetch = _check.integer(op, "prefetch", prefetch, 0, 1024)
        self.threads = threads
        _check.threads(op, threads)
        self.epoch = 0

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        n = len(self.images)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        epoch = _check.integer("Loader", "epoch", self.epoch, 0, _MAX_EPOCH)
        self.epoch = epoch + 1
        return self._pass(epoch)

    def _pass(self, epoch: int) -> Iterator[Batch]:
        order = np.arange(len(self.images), dtype=np.int64)
        if self.shuffle:
            _abi.call("epoch_order", self.seed, epoch, _abi.npy(order))
        pipe = Pipeline(self.pipe.spec)  # of its own: the caller's is the caller's

        def make(rows: npt.NDArray[np.int64]) -> Batch:
            views = pipe(
                self.images,
                views=self.views,
                seed=self.seed,
                epoch=epoch,
                indices=rows,
                threads=self.threads,
            )
            return Batch(views, rows)

        ahead: deque[Future[Batch]] = deque()
        pool = ThreadPoolExecutor(1, "jumelle.Loader")
        try:
            for i in range(len(self)):
                rows = order[i * self.batch_size : (i + 1) * self.batch_size]
                ahead.append(pool.submit(make, rows))
                if len(ahead) > self.prefetch:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
