"""A loader that counts its passes, so that no two epochs have the same views."""

from __future__ import annotations

from typing import Any

from torch.utils.data import DataLoader, Subset

from .. import _check
from ..errors import InvalidArgument
from .views import ViewsDataset, collate

__all__ = ["ViewsLoader"]


class ViewsLoader(DataLoader):  # type: ignore[misc, type-arg, unused-ignore]
    """A DataLoader of a ViewsDataset whose passes are the epochs.

    As ``torch.utils.data.DataLoader``, with the same arguments and defaults, but:

    - The first pass over it makes the views of the data set's epoch, each later one
      those of the next. ``set_epoch`` of the data set, before a pass, says which.
    - Batches are made by ``collate``.
    - Workers, if any, are started with ``spawn``.

    Parameters
    ----------
    dataset : ViewsDataset
        Or a ``torch.utils.data.Subset`` of one.
    batch_size : int, optional
    **options
        As for ``torch.utils.data.DataLoader``.

    Examples
    --------
    >>> import jumelle as jm
    >>> import jumelle.torch as jt
    >>> pictures, labels = jm.datasets.shapes(8, size=32, seed=0)
    >>> pipe = jm.augment.simclr(size=32)
    >>> dataset = jt.ViewsDataset(pictures, pipe, labels=labels, normalize=(0.5, 0.25))
    >>> loader = jt.ViewsLoader(dataset, batch_size=8, shuffle=True)
    >>> for epoch in range(3):
    ...     for (x1, x2), y in loader:
    ...         print(dataset.epoch, x1.dtype, y.shape)
    0 torch.float32 torch.Size([8])
    1 torch.float32 torch.Size([8])
    2 torch.float32 torch.Size([8])
    """

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, **options: Any
    ) -> None:
        inner = dataset
        while isinstance(inner, Subset):
            inner = inner.dataset
        if not isinstance(inner, ViewsDataset):
            raise InvalidArgument(
                "ViewsLoader: dataset: want a ViewsDataset, or a Subset of one, "
                f"got {_check.kind(inner)}"
            )
        self._views = inner
        self._times_set = -1  # the data set's, when the last pass began
        options.setdefault("collate_fn", collate)
        if options.get("num_workers"):
            options.setdefault("multiprocessing_context", "spawn")
        super().__init__(dataset, batch_size, **options)

    def __iter__(self) -> Any:
        views = self._views
        if views._times_set == self._times_set:  # nobody chose an epoch since
            views.set_epoch(views.epoch + 1)
        self._times_set = views._times_set
        return super().__iter__()
