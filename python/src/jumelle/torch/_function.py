"""A loss of arrays as a node of PyTorch's graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from .. import _check
from ..errors import DTypeError, InvalidArgument

Function = Callable[..., tuple[Any, ...]]


def loss_of(
    function: Function,
    variables: Mapping[str, torch.Tensor],
    constants: Mapping[str, torch.Tensor] | None = None,
    **options: float,
) -> torch.Tensor:
    """Call a function of jumelle.losses with tensors, by their names.

    The variables come first among its arguments, and it returns the value and then
    their gradients. No gradient reaches the constants.
    """
    op = function.__name__
    inputs = [_float32(op, *item) for item in variables.items()]
    fixed = [_float32(op, *item).detach() for item in (constants or {}).items()]
    # Inside forward() grad mode is off, whatever it is here.
    grad = torch.is_grad_enabled() and any(x.requires_grad for x in inputs)
    loss: torch.Tensor = _Loss.apply(function, options, grad, fixed, *inputs)
    return loss


class _Loss(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
    """The gradients are made with the value, in one pass, and scaled on the way back.

    They are what is kept: O(n d), and not the similarities of all pairs.
    """

    @staticmethod
    def forward(
        ctx: Any,
        function: Function,
        options: Mapping[str, float],
        grad: bool,
        constants: list[torch.Tensor],
        *inputs: torch.Tensor,
    ) -> torch.Tensor:
        # force: also what requires grad; memory stays shared, as it is on the CPU.
        arrays = [x.numpy(force=True) for x in (*inputs, *constants)]
        value, *gradients = function(*arrays, grad=grad, **options)
        if grad:
            wanted = ctx.needs_input_grad[4:]
            ctx.op = function.__name__
            ctx.save_for_backward(
                *(
                    torch.from_numpy(gradient) if wants else None
                    for gradient, wants in zip(gradients, wanted, strict=True)
                )
            )
        return torch.tensor(value, dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        # The gradients kept are constants of the graph: differentiating them again
        # would leave out terms without a word.
        if torch.is_grad_enabled():
            raise InvalidArgument(
                f"{ctx.op}: backward: want create_graph=False, got True: "
                "the loss has first derivatives only"
            )
        kept = ctx.saved_tensors
        return (None,) * 4 + tuple(g if g is None else upstream * g for g in kept)


def _float32(op: str, name: str, value: object) -> torch.Tensor:
    """Take floats on the CPU; the gradient of a conversion is converted back."""
    if not isinstance(value, torch.Tensor):
        raise InvalidArgument(f"{op}: {name}: want a tensor, got {_check.kind(value)}")
    if value.device.type != "cpu" or value.layout != torch.strided:
        kind = "" if value.layout == torch.strided else "sparse "
        raise InvalidArgument(
            f"{op}: {name}: want a dense tensor on the CPU, got a {kind}one on "
            f"{value.device}: move it with .cpu()"
        )
    if not value.is_floating_point():
        raise DTypeError(
            f"{op}: {name}: want float32 (n, d), got {value.dtype} "
            f"{_check.shape_text(value.shape)}"
        )
    return value.to(torch.float32)
