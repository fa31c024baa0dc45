"""Wrong gradient reversals for PyTorch: the part of ``mutants/torch.py`` for that layer.

A defect that was seen in public layers names one of them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

from tests.mutants.torch_right import (
    ClassicReversal,
    NewStyleReversal,
    ReversalModule,
    Scalar,
    tensor_hook_reversal,
)


def _reverse(x: Tensor, scale: Scalar) -> Tensor:
    return ClassicReversal.apply(x, scale)  # type: ignore[no-untyped-call]


class NeverReversed(ReversalModule):
    """A module's ``backward``, which PyTorch never calls (pitchtron issue 3)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.view_as(x)

    def backward(self, dy: Tensor) -> Tensor:
        return -self.scale * dy


class DoubleNegation(ClassicReversal):
    """Negates twice, so that nothing is reversed (pytorch_DANN issue 10)."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.neg() * -ctx.scale, None


def scale_ignored(x: Tensor, scale: Scalar) -> Tensor:
    """Reverses by 1, whatever the scale (UDA4POC issue 3)."""
    return _reverse(x, 1.0)


def scale_applied_twice(x: Tensor, scale: Scalar) -> Tensor:
    """Scales in the layer and once more around it."""
    return tensor_hook_reversal(_reverse(x, scale), -float(scale))


def integer_scale(x: Tensor, scale: Scalar) -> Tensor:
    """Puts the scale in a buffer made for the default of 1: 0.5 becomes 0 (pytorch-adapt)."""
    return _reverse(x, torch.tensor([1]).fill_(scale))


def only_floats(x: Tensor, scale: Scalar) -> Tensor:
    """Refuses a scale that is no Python float."""
    if type(scale) is not float:
        raise TypeError(f"scale must be a float, got {scale!r}")
    return _reverse(x, scale)


def half_scale(x: Tensor, scale: Scalar) -> Tensor:
    """Holds the scale in a float16 buffer, as ``.half()`` leaves it (pytorch-adapt)."""
    return _reverse(x, torch.tensor(float(scale)).half())


class ScaleInDtypeOfGradient(ClassicReversal):
    """Rounds the scale to the gradient's dtype: an ULP off, in float16 and bfloat16 only."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.neg() * torch.tensor(ctx.scale, dtype=dy.dtype), None


class ScaleByReference(NewStyleReversal):
    """Reads the scale at backward: a change in between changes the gradient (pytorch-adapt)."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Scalar], output: Tensor) -> None:
        ctx.scale = inputs[1]

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.neg() * ctx.scale, None


class NaNHidden(ClassicReversal):
    """Makes a NaN or infinite gradient finite."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.nan_to_num().neg() * ctx.scale, None


class Normalised(ClassicReversal):
    """Divides the gradient by its norm, and so is not linear in it."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.neg() * ctx.scale / dy.norm(), None


class CotangentEdited(ClassicReversal):
    """Reverses in place, in a gradient that others read."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.mul_(-ctx.scale), None


class Detached(ClassicReversal):
    """Cuts the graph of the backward pass, so that a gradient penalty sees nothing."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.detach().neg() * ctx.scale, None


class TangentKept(NewStyleReversal):
    """Reverses in the backward pass, and not in forward mode (rul-adapt: ``jvp`` is ``pass``)."""

    @staticmethod
    def forward(x: Tensor, scale: Scalar) -> Tensor:
        return x.clone()

    @staticmethod
    def jvp(ctx: Any, dx: Tensor, _: None) -> Tensor:
        return dx.clone()


class InputSaved(ClassicReversal):
    """Keeps the whole input, for a backward that needs the scale only (pytorch-revgrad)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: Scalar) -> Tensor:
        ctx.save_for_backward(x)
        ctx.scale = float(scale)
        return x.view_as(x)


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


class PenaltyInPlace(ClassicReversal):
    """Multiplies in place in double backward: right, if nobody else reads that cotangent."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return _Times.apply(dy, -ctx.scale), None  # type: ignore[no-untyped-call]


def graph_always_kept(x: Tensor, scale: Scalar) -> Tensor:
    """Builds a graph in no-grad mode too."""
    with torch.enable_grad():
        return _reverse(x, scale)


def arithmetic(x: Tensor, scale: Scalar) -> Tensor:
    """The right gradient by arithmetic, which rounds the values (seen in JAX code)."""
    return (1 + float(scale)) * x.detach() - float(scale) * x


def straight_through(x: Tensor, scale: Scalar) -> Tensor:
    """The right gradient by adding a zero, which is NaN for an infinite input."""
    reversed_ = -float(scale) * x
    return x.detach() + (reversed_ - reversed_.detach())


def input_edited(x: Tensor, scale: Scalar) -> Tensor:
    """Leaves its input negated."""
    y = _reverse(x.clone(), scale)
    with torch.no_grad():
        x.neg_()
    return y


def copied(x: Tensor, scale: Scalar) -> Tensor:
    """Copies the values (tllib: ``input * 1.0``)."""
    return _reverse(x * 1.0, scale)


def made_contiguous(x: Tensor, scale: Scalar) -> Tensor:
    """Changes the layout of a transposed or channels-last input."""
    return _reverse(x.contiguous(), scale)


def flattened(x: Tensor, scale: Scalar) -> Tensor:
    """Drops the shape."""
    return _reverse(x.flatten(), scale)


def promoted(x: Tensor, scale: Scalar) -> Tensor:
    """Returns float32 for half precision."""
    return _reverse(x.to(torch.promote_types(x.dtype, torch.float32)), scale)


def only_float32(x: Tensor, scale: Scalar) -> Tensor:
    """Refuses other dtypes (``torch.cuda.FloatTensor`` in several public layers)."""
    if x.dtype != torch.float32:
        raise TypeError(f"x must be float32, got {x.dtype}")
    return _reverse(x, scale)


class WarmStart(ReversalModule):
    """Counts its calls, so that each run has another scale (tllib, in evaluation mode too)."""

    calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return _reverse(x, self.scale * self.calls)


class OnlyInTraining(ReversalModule):
    """Lets the gradient through as it is in evaluation mode."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) if self.training else x.view_as(x)


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
