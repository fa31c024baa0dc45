"""In PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from grl_torch import gradient_reversal, mul_scalar, shake_shake
from tests.law import Wrong


def straight_through(forward: Any, mask: Any = None) -> type[Function]:
    """A function whose gradient is the output's, where a mask of the input has it so."""

    class StraightThrough(Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return forward(x)  # type: ignore[no-any-return]

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Tensor:
            (x,) = ctx.saved_tensors
            return dy if mask is None else torch.where(mask(x), dy, 0)

    return StraightThrough


def spike(derivative: Any, threshold: float = 0.0) -> type[Function]:
    """A step with the derivative of a surrogate."""

    class Spike(Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return (x > threshold).to(x.dtype)

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Tensor:
            (x,) = ctx.saved_tensors
            return dy * derivative(x)  # type: ignore[no-any-return]

    return Spike


def of_sigmoid(x: Tensor) -> Tensor:
    s = torch.sigmoid(25 * x)
    return 25 * s * (1 - s)


def apply(function: type[Function], *arguments: Any) -> Tensor:
    return function.apply(*arguments)  # type: ignore[no-any-return]


class Clip(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, limit: float) -> Tensor:
        ctx.limit = limit
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.clamp(-ctx.limit, ctx.limit), None


class Swish(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return dy * (s + x * s * (1 - s))  # type: ignore[no-any-return]


def quantised(x: Tensor, code: Tensor) -> Tensor:
    nearest = (x[..., None] - code).abs().argmin(-1)
    q = code.detach()[nearest]
    return q + (x - x.detach())


RIGHT: dict[str, Any] = {
    "gradient_reversal": gradient_reversal,
    "gradient_scale": lambda x, scale: gradient_reversal(x, -scale),
    "gradient_clip": Clip,
    "mul_scalar": mul_scalar,
    "shake_shake": shake_shake,
    "round_straight_through": straight_through(torch.round),
    "floor_straight_through": straight_through(torch.floor),
    "sign_straight_through": straight_through(
        lambda x: torch.where(x >= 0, 1.0, -1.0).to(x.dtype), lambda x: x.abs() <= 1
    ),
    "clamp_straight_through": straight_through(lambda x: x.clamp(-1, 1)),
    "spike_sigmoid": spike(of_sigmoid),
    "spike_arctan": spike(lambda x: 1 / (1 + (torch.pi * x) ** 2)),
    "spike_fast_sigmoid": spike(lambda x: 1 / (1 + 25 * x.abs()) ** 2),
    "swish": Swish,
    "vector_quantisation": quantised,
}

WRONG = [
    Wrong("gradient_reversal", lambda x, scale: x, r"dx is \+dy everywhere"),
    Wrong("gradient_reversal", lambda x, scale: gradient_reversal(x), "dx is -dy everywhere"),
    Wrong("gradient_scale", gradient_reversal, "the declared gradient is"),
    Wrong("gradient_clip", lambda x, limit: apply(Clip, x, 1.0), "the declared gradient is"),
    Wrong("mul_scalar", lambda x, scalar: x * x, "output of values"),
    Wrong("shake_shake", lambda a, b, alpha, beta: shake_shake(a, b, alpha, alpha), "gradient of"),
    Wrong("round_straight_through", torch.round, "0 everywhere"),
    Wrong("round_straight_through", straight_through(lambda x: (x + 0.5).floor()), "output of"),
    # The value is off by a last bit: x + (round(x) - x) is not round(x).
    Wrong("round_straight_through", lambda x: x + (x.round() - x).detach(), "ULP"),
    # It reads the memory in its order, whatever the strides are.
    Wrong(
        "round_straight_through",
        straight_through(lambda x: x.as_strided(x.shape, torch.empty(x.shape).stride()).round()),
        "output of a transposed array",
    ),
    Wrong("floor_straight_through", straight_through(torch.trunc), "output of values"),
    # At |x| = 1 the gradient is dy.
    Wrong(
        "sign_straight_through",
        straight_through(
            lambda x: torch.where(x >= 0, 1.0, -1.0).to(x.dtype), lambda x: x.abs() < 1
        ),
        "gradient of x, points.*: at x = 1 ",
    ),
    # sign(0) is 0.
    Wrong(
        "sign_straight_through",
        straight_through(torch.sign, lambda x: x.abs() <= 1),
        r"output of points.*expected\[0\] = 1.0",
    ),
    Wrong("clamp_straight_through", lambda x: x.clamp(-1, 1), "points.*at x = -?2"),
    Wrong("spike_sigmoid", spike(lambda x: of_sigmoid(x) / 25), "the declared gradient is"),
    Wrong("spike_sigmoid", spike(of_sigmoid, threshold=1.0), "output of values"),
    Wrong("spike_arctan", spike(lambda x: 1 / (1 + x**2)), "the declared gradient is"),
    Wrong("spike_fast_sigmoid", spike(lambda x: 1 / (1 + 25 * x.abs())), "declared gradient"),
    Wrong("swish", lambda x: x * torch.sigmoid(x).detach(), "the declared gradient is"),
    # The codebook is trained as well.
    Wrong(
        "vector_quantisation",
        lambda x, code: code[(x[..., None] - code).abs().argmin(-1)] + x - x.detach(),
        "gradient of code, .*: the law gives it none, and it gets one",
    ),
]
