"""The Function of PyTorch's documentation: ``setup_context`` keeps what ``backward`` needs.

Where one meets it: in "Extending PyTorch", as ``MulConstant``, and in code that is meant for
torch.func, which asks for this form.
What it costs: ``apply`` inspects the signature of ``forward`` at every call, which takes several
times as long as the forward pass of the classic form, at 1 element. For vmap and forward mode
it needs further methods. Its Shake-Shake rounds as the classic one does.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.autograd import Function


class _GradientReversal(Function):
    @staticmethod
    def forward(x: Tensor, scale: float) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float], output: Tensor) -> None:
        _, ctx.scale = inputs

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy * -ctx.scale, None


class _MulScalar(Function):
    @staticmethod
    def forward(x: Tensor, scalar: float) -> Tensor:
        return x * scalar

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float], output: Tensor) -> None:
        _, ctx.scalar = inputs

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy * ctx.scalar, None


class _ShakeShake(Function):
    @staticmethod
    def forward(x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor) -> Tensor:
        return alpha * x0 + (1 - alpha) * x1

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        *_, ctx.beta = inputs

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, None, None]:
        return ctx.beta * dy, (1 - ctx.beta) * dy, None, None


gradient_reversal = _GradientReversal.apply
mul_scalar = _MulScalar.apply
shake_shake = _ShakeShake.apply
