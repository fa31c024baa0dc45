"""For PyTorch: see the package's docstring."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _GradientReversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.scale = scale
        return x.clone()

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy * -ctx.scale, None


class _ShakeShake(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: float, beta: float) -> Tensor:
        ctx.save_for_backward(x0, x1)
        ctx.beta = beta
        return torch.lerp(x1, x0, alpha)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, None, None]:
        return ctx.beta * dy, (1 - ctx.beta) * dy, None, None


class _MulScalar(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scalar: float) -> Tensor:
        ctx.scalar = scalar
        return x * scalar

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        copy = dy.clone()
        return copy * ctx.scalar, None


def gradient_reversal(x: Tensor, scale: float) -> Any:
    return _GradientReversal.apply(x, scale)  # type: ignore[no-untyped-call]


def shake_shake(x0: Tensor, x1: Tensor, alpha: float, beta: float) -> Any:
    return _ShakeShake.apply(x0, x1, alpha, beta)  # type: ignore[no-untyped-call]


def mul_scalar(x: Tensor, scalar: float) -> Any:
    return _MulScalar.apply(x, scalar)  # type: ignore[no-untyped-call]
