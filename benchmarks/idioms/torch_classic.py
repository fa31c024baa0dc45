"""The classic Function: ``forward(ctx, ...)`` computes, and keeps what ``backward`` needs.

Where one meets it: in almost every blog, gist and repository of a paper. The reversal below is
the usual one to the letter, with ``neg()``: skada and PyKale ship the same.
What it costs: it is the cheapest Function to call. But ``neg()`` is a second pass over the
gradient; torch.func and vmap refuse this form; and Shake-Shake's three native operations round
three times in float16 and bfloat16, which is more than its law allows.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.autograd import Function


class _GradientReversal(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float) -> Tensor:
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.neg() * ctx.scale, None


class _MulScalar(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scalar: float) -> Tensor:
        ctx.scalar = scalar
        return x * scalar

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy * ctx.scalar, None


class _ShakeShake(Function):
    @staticmethod
    def forward(
        ctx: Any, x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor
    ) -> Tensor:
        ctx.beta = beta
        return alpha * x0 + (1 - alpha) * x1

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, None, None]:
        return ctx.beta * dy, (1 - ctx.beta) * dy, None, None


gradient_reversal = _GradientReversal.apply
mul_scalar = _MulScalar.apply
shake_shake = _ShakeShake.apply
