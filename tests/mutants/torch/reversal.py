"""Wrong gradient reversals for PyTorch, besides those of ``anywhere.py``.

A defect that was seen in public layers names one of them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

from tests.mutants import anywhere, formulas, mutant, situations
from tests.mutants.torch.arrays import declare
from tests.mutants.torch.right import (
    ClassicReversal,
    NewStyleReversal,
    ReversalModule,
    Scalar,
)


def _reverse(x: Tensor, scale: Scalar) -> Tensor:
    return ClassicReversal.apply(x, scale)  # type: ignore[no-untyped-call]


anywhere.reversals(__name__, _reverse, ReversalModule, Tensor.detach, torch.enable_grad)
formulas.reversals(__name__, declare)
situations.reversals(__name__, declare)


@mutant("gradient_reversal", "G5")
class CotangentEdited(ClassicReversal):
    """Reverses in place, in a gradient that others read."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.mul_(-ctx.scale), None


@mutant("gradient_reversal", "G19")
class TangentKept(NewStyleReversal):
    """Reverses in the backward pass, and not in forward mode (rul-adapt: ``jvp`` is ``pass``)."""

    @staticmethod
    def forward(x: Tensor, scale: Scalar) -> Tensor:
        return x.clone()

    @staticmethod
    def jvp(ctx: Any, dx: Tensor, _: None) -> Tensor:
        return dx.clone()


@mutant("gradient_reversal", "G17")
class InputSaved(ClassicReversal):
    """Keeps the whole input, for a backward that needs the scale only (pytorch-revgrad)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: Scalar) -> Tensor:
        ctx.save_for_backward(x)
        ctx.scale = float(scale)
        return x.view_as(x)


@mutant("gradient_reversal", "G9")
def gradient_overwritten(x: Tensor, scale: Scalar) -> Tensor:
    """Writes ``x.grad`` itself, over what is there."""
    y = x.detach().requires_grad_()
    y.register_hook(lambda dy: setattr(x, "grad", -float(scale) * dy))
    return y


class _TimesInPlace(Function):
    @staticmethod
    def forward(ctx: Any, dy: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return dy.mul_(factor)

    @staticmethod
    def backward(ctx: Any, v: Tensor) -> tuple[Tensor, None]:
        return _TimesInPlace.apply(v, ctx.factor), None  # type: ignore[no-untyped-call]


class _Times(_TimesInPlace):
    @staticmethod
    def forward(ctx: Any, dy: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return dy * factor


@mutant("gradient_reversal", "G25")
class PenaltyInPlace(ClassicReversal):
    """Multiplies in place in double backward: right, if nobody else reads that cotangent."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return _Times.apply(dy, -ctx.scale), None  # type: ignore[no-untyped-call]


@mutant("gradient_reversal", "G4")
def input_edited(x: Tensor, scale: Scalar) -> Tensor:
    """Leaves its input negated."""
    y = _reverse(x.clone(), scale)
    with torch.no_grad():
        x.neg_()
    return y


@mutant("gradient_reversal", "R4")
def copied(x: Tensor, scale: Scalar) -> Tensor:
    """Copies the values (tllib: ``input * 1.0``)."""
    return _reverse(x * 1.0, scale)


@mutant("gradient_reversal", "G30")
def made_contiguous(x: Tensor, scale: Scalar) -> Tensor:
    """Changes the layout of a transposed or channels-last input."""
    return _reverse(x.contiguous(), scale)


@mutant("gradient_reversal", "G1")
def flattened(x: Tensor, scale: Scalar) -> Tensor:
    """Drops the shape."""
    return _reverse(x.flatten(), scale)


@mutant("gradient_reversal", "G2")
def promoted(x: Tensor, scale: Scalar) -> Tensor:
    """Returns float32 for half precision."""
    return _reverse(x.to(torch.promote_types(x.dtype, torch.float32)), scale)


@mutant("gradient_reversal", "R2")
class OnlyInTraining(ReversalModule):
    """Lets the gradient through as it is in evaluation mode."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) if self.training else x.view_as(x)


@mutant("gradient_reversal", "G10")
class OneHook(nn.Module):
    """Removes the hook of its last call: used twice in a row, it reverses once."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self.handle: Any = None

    def forward(self, x: Tensor) -> Tensor:
        if self.handle:
            self.handle.remove()
        y = x.view_as(x)
        if y.requires_grad:
            self.handle = y.register_hook(lambda dy: dy * -self.scale)
        return y
