"""jumelle inside PyTorch: its losses as modules, its views as a data set.

    import jumelle.torch as jt

    dataset = jt.ViewsDataset(images, pipe, normalize=(0.5, 0.25))
    loss = jt.NTXentLoss(temperature=0.5)(z1, z2)
    loss.backward()

Only this subpackage imports torch; the rest of jumelle never asks for it.
"""

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        "jumelle.torch: want PyTorch, which is not installed: pip install torch"
    ) from error

from .loader import ViewsLoader
from .losses import (
    BarlowTwinsLoss,
    BYOLLoss,
    InfoNCELoss,
    InfoNCEQueueLoss,
    NTXentLoss,
)
from .views import ViewsDataset, collate

__all__ = [
    "BYOLLoss",
    "BarlowTwinsLoss",
    "InfoNCELoss",
    "InfoNCEQueueLoss",
    "NTXentLoss",
    "ViewsDataset",
    "ViewsLoader",
    "collate",
]
