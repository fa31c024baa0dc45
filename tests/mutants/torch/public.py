"""Right layers for PyTorch in the shapes of well-known public ones: none may be blamed.

Each is in our own words of a public layer that is named; what it misses of SHOULD clauses is its
author's choice. ``right.py`` has the usual styles.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

from tests.mutants import right
from tests.mutants.torch.right import Scalar


@right("gradient_reversal")
class KeepsWhatItGot(Function):
    """The most copied one (fungtion/DANN): the scale itself stays on ctx, also a tensor."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, alpha: Scalar) -> Tensor:
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.neg() * ctx.alpha, None


class _Copying(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, coeff: float = 1.0) -> Tensor:
        ctx.coeff = coeff
        return x * 1.0

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.neg() * ctx.coeff, None


@right("gradient_reversal")
class WithoutScale(nn.Module):
    """tllib's GradientReverseLayer: its scale is an optional argument of the call."""

    def forward(self, *given: Any) -> Tensor:
        return _Copying.apply(*given)  # type: ignore[no-untyped-call]


class _WarmStart(nn.Module):
    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low, self.high, self.step = low, high, 0

    def forward(self, x: Tensor) -> Tensor:
        grown = 2 / (1 + math.exp(-self.step / 1000)) - 1
        return _Copying.apply(x, self.low + grown * (self.high - self.low))  # type: ignore[no-untyped-call]


@right("gradient_reversal")
def warm_start(scale: float) -> _WarmStart:
    """tllib's WarmStartGradientReverseLayer, at one scale: a function that builds the layer."""
    return _WarmStart(low=scale, high=scale)


@right("gradient_reversal")
class OneArgument(Function):
    """skada's and pykale's: no scale at all."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Tensor:
        return dy.neg()


class _GradMultiply(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float) -> Tensor:
        ctx.scale = scale
        return x.new(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy * ctx.scale, None


@right("gradient_reversal")
def scaled_by_minus(x: Tensor, scale: Scalar) -> Tensor:
    """fairseq's GradMultiply, called with the negative scale as CTKD does."""
    return _GradMultiply.apply(x, -scale)  # type: ignore[no-untyped-call]


@right("gradient_reversal")
class Positive(nn.Module):
    """Dassl's: it refuses a negative scale."""

    def __init__(self, lambd: float = 1.0) -> None:
        super().__init__()
        if not lambd >= 0:
            raise ValueError(f"lambd must be at least 0, got {lambd}")
        self.lambd = lambd

    def forward(self, x: Tensor) -> Tensor:
        return KeepsWhatItGot.apply(x, self.lambd)  # type: ignore[no-untyped-call]


@right("gradient_reversal")
class InBuffer(nn.Module):
    """pytorch-adapt's, as it should be: the scale is a buffer, in float32."""

    scale: Tensor

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(float(scale)))

    def forward(self, x: Tensor) -> Tensor:
        return KeepsWhatItGot.apply(x, self.scale)  # type: ignore[no-untyped-call]


@right("gradient_reversal")
def in_container(scale: float) -> nn.Module:
    """A layer among others in a Sequential."""
    return nn.Sequential(nn.Identity(), InBuffer(scale))


@right("gradient_reversal")
def images_only(x: Tensor, scale: Scalar) -> Tensor:
    """It unpacks four axes."""
    _, _, height, width = x.shape
    assert height * width >= 0
    return KeepsWhatItGot.apply(x, scale)  # type: ignore[no-untyped-call]


@right("gradient_reversal")
def rounded_to_the_dtype(x: Tensor, scale: Scalar) -> Tensor:
    """Its scale has the dtype of the input, as a module after ``.half()`` has it."""
    return KeepsWhatItGot.apply(x, torch.as_tensor(scale).to(x.dtype))  # type: ignore[no-untyped-call]


@torch.library.custom_op("grl_suite_tests::reversal", mutates_args=())
def _operator(x: Tensor, scale: float) -> Tensor:
    return x.clone()


def _keep(ctx: Any, inputs: tuple[Tensor, float], output: Tensor) -> None:
    ctx.scale = inputs[1]


_operator.register_autograd(lambda ctx, dy: (-ctx.scale * dy, None), setup_context=_keep)


@right("gradient_reversal")
def operator(x: Tensor, scale: float) -> Tensor:
    """A custom operator of torch.library."""
    return _operator(x, scale)


@right("shake_shake")
class ShakeFunction(Function):
    """hysts/pytorch_shake_shake: its coefficients are tensors, and it saves both branches."""

    @staticmethod
    def forward(ctx: Any, x1: Tensor, x2: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
        ctx.save_for_backward(x1, x2, alpha, beta)
        return x1 * alpha + x2 * (1 - alpha)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        _, _, _, beta = ctx.saved_tensors
        dx1 = dy * beta if ctx.needs_input_grad[0] else None
        dx2 = dy * (1 - beta) if ctx.needs_input_grad[1] else None
        return dx1, dx2, None, None


@right("shake_shake")
class DrawsOnly(nn.Module):
    """It draws, and takes no coefficients; images alone."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        if not self.training:
            return 0.5 * x1 + 0.5 * x2
        images, _, _, _ = x1.shape
        alpha, beta = torch.rand(2, images, 1, 1, 1, device=x1.device).to(x1.dtype)
        return ShakeFunction.apply(x1, x2, alpha, beta)  # type: ignore[no-untyped-call]


@right("shake_shake")
def draws_as_a_function(x1: Tensor, x2: Tensor, training: bool = True) -> Tensor:
    """As ``F.dropout``: a function that draws, with the mode as an argument."""
    if not training:
        return 0.5 * x1 + 0.5 * x2
    alpha, beta = torch.rand(2, len(x1), *(1,) * (x1.ndim - 1), device=x1.device).to(x1.dtype)
    return ShakeFunction.apply(x1, x2, alpha, beta)  # type: ignore[no-untyped-call]
