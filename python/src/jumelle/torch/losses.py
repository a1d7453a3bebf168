"""The functions of jumelle.losses as modules that autograd differentiates.

All take tensors (n, d) on the CPU, views and non-contiguous ones too, and return a
float32 scalar. float32 is taken as it is; float64, float16 and bfloat16 are
converted to it, and their gradients back, so gradients have float32's precision.
Other dtypes raise DTypeError; another device raises InvalidArgument, as a silent
copy each step would cost more than the loss. NaN or infinity raise NumericError.

Derivatives are of first order: ``backward(create_graph=True)`` is refused.
"""

from __future__ import annotations

import torch
from torch import nn

from .. import _check
from .. import losses as _losses
from ._function import loss_of

__all__ = [
    "BYOLLoss",
    "BarlowTwinsLoss",
    "InfoNCELoss",
    "InfoNCEQueueLoss",
    "NTXentLoss",
]


class _WithTemperature(nn.Module):  # type: ignore[misc, unused-ignore]
    def __init__(self, temperature: float) -> None:
        super().__init__()
        name = type(self).__name__
        self.temperature = _check.number(name, "temperature", temperature)

    def extra_repr(self) -> str:
        """Show the temperature."""
        return f"temperature={self.temperature:g}"


class NTXentLoss(_WithTemperature):
    """SimCLR's loss of two views: ``jumelle.losses.nt_xent``.

    The mean over the 2n anchors, as in the paper. The same number, and the same
    gradient, as lightly's ``NTXentLoss(temperature)`` without a memory bank; as
    solo-learn's ``simclr_loss_func`` of two views; half of what SimCLR's TensorFlow
    code adds up. Memory is O(n d).

    Parameters
    ----------
    temperature : float
        Divides the cosine similarities.

    Examples
    --------
    >>> import torch
    >>> import jumelle.torch as jt
    >>> z = torch.ones(4, 8, requires_grad=True)
    >>> loss = jt.NTXentLoss(temperature=0.5)(z, z)
    >>> loss.backward()
    >>> round(loss.item(), 4)  # ln 7: nothing tells the rows apart
    1.9459
    """

    def __init__(self, temperature: float = 0.5) -> None:
        super().__init__(temperature)

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """Compute the loss of two views (n, d), rows in the same order, n from 2."""
        inputs = {"a": a, "b": b}
        return loss_of(_losses.nt_xent, inputs, temperature=self.temperature)


class InfoNCELoss(_WithTemperature):
    """InfoNCE in one direction: which key belongs to each query.

    ``jumelle.losses.info_nce``, with the batch's other keys as negatives; with
    negatives of their own, ``jumelle.losses.info_nce_negatives``. The mean over the n
    queries, and a gradient for everything that asks for one. MoCo v3's loss is 2 *
    temperature times the sum of both directions (so solo-learn's ``mocov3_loss_func``
    is 2 * temperature times this), CLIP's the mean of both. lightly has no loss of one
    direction.

    Parameters
    ----------
    temperature : float
        Divides the cosine similarities.

    Examples
    --------
    >>> import torch
    >>> import jumelle.torch as jt
    >>> z = torch.ones(4, 8)
    >>> round(jt.InfoNCELoss()(z, z).item(), 4)  # ln 4
    1.3863
    >>> round(jt.InfoNCELoss()(z, z, z).item(), 4)  # ln 5
    1.6094
    """

    def __init__(self, temperature: float = 0.2) -> None:
        super().__init__(temperature)

    def forward(
        self, q: torch.Tensor, k: torch.Tensor, negatives: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Compute the loss of queries and keys (n, d), rows in the same order.

        negatives (m, d) take the place of the batch's other keys.
        """
        inputs = {"q": q, "k": k}
        if negatives is None:
            return loss_of(_losses.info_nce, inputs, temperature=self.temperature)
        inputs["negatives"] = negatives
        return loss_of(_losses.info_nce_negatives, inputs, temperature=self.temperature)


class InfoNCEQueueLoss(_WithTemperature):
    """MoCo's InfoNCE: each query's key against a queue of other keys.

    ``jumelle.losses.info_nce_queue``: the mean over the n queries. Keys and queue are
    constants: no gradient reaches them, even if they ask for one. The same number
    as lightly's ``NTXentLoss`` with a memory bank that holds the queue, if ``k`` is
    detached there, and as solo-learn's ``mocov2plus_loss_func`` of normalised rows; the
    queue and what enters it are the caller's here.

    Parameters
    ----------
    temperature : float
        Divides the cosine similarities.

    Examples
    --------
    >>> import torch
    >>> import jumelle.torch as jt
    >>> z = torch.ones(4, 8)
    >>> round(jt.InfoNCEQueueLoss()(z, z, z).item(), 4)  # ln 5
    1.6094
    """

    def __init__(self, temperature: float = 0.07) -> None:
        super().__init__(temperature)

    def forward(
        self, q: torch.Tensor, k: torch.Tensor, queue: torch.Tensor
    ) -> torch.Tensor:
        """Compute the loss of queries and keys (n, d) and a queue (m, d)."""
        constants = {"k": k, "queue": queue}
        inputs = {"q": q}
        return loss_of(
            _losses.info_nce_queue, inputs, constants, temperature=self.temperature
        )


class BYOLLoss(nn.Module):  # type: ignore[misc, unused-ignore]
    """BYOL's regression in one direction: ``jumelle.losses.byol``.

    The mean over the rows of 2 - 2 cos, 0 to 4. The target is a constant: no gradient
    reaches it, even if it asks for one. BYOL adds both directions, 0 to 8:
    ``loss(p1, z2) + loss(p2, z1)``.

    With lightly's ``NegativeCosineSimilarity`` c, one direction is 2 + 2 c, with twice
    its gradient; the sum of both is 4 + 4 * (c(p1, z2) + c(p2, z1)) / 2, with four
    times the gradient of the mean that lightly's examples train with. solo-learn's
    ``byol_loss_func`` is one direction.

    Examples
    --------
    >>> import torch
    >>> import jumelle.torch as jt
    >>> one = torch.eye(3)
    >>> jt.BYOLLoss()(one, -one).item()
    4.0
    """

    def forward(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Compute the loss of predictions and targets (n, d), rows in one order."""
        return loss_of(_losses.byol, {"prediction": prediction}, {"target": target})


class BarlowTwinsLoss(nn.Module):  # type: ignore[misc, unused-ignore]
    """The loss of Barlow Twins: ``jumelle.losses.barlow_twins``.

    A sum over the d x d cross-correlations, with the biased variance and no further
    scale. The same number, and the same gradient, as lightly's
    ``BarlowTwinsLoss(lambda_param)`` with the same weight, whose default is 0.005;
    solo-learn's is times 0.025.

    Parameters
    ----------
    off_diagonal_weight : float
        Of the redundancy term; about 1/d suits a small d.

    Examples
    --------
    >>> import torch
    >>> import jumelle.torch as jt
    >>> a = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> round(jt.BarlowTwinsLoss()(a, a).item(), 6)  # equal, and uncorrelated columns
    0.0
    """

    def __init__(self, off_diagonal_weight: float = 0.0051) -> None:
        super().__init__()
        name = type(self).__name__
        self.off_diagonal_weight = _check.number(
            name, "off_diagonal_weight", off_diagonal_weight
        )

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """Compute the loss of two views (n, d), rows in the same order, n from 2."""
        weight = self.off_diagonal_weight
        inputs = {"a": a, "b": b}
        return loss_of(_losses.barlow_twins, inputs, off_diagonal_weight=weight)

    def extra_repr(self) -> str:
        """Show the weight."""
        return f"off_diagonal_weight={self.off_diagonal_weight:g}"
