"""In PyTorch: laws with learned numbers, several outputs, rows and draws."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from grl_torch import shake_shake
from tests.law import Wrong


def inside(x: Tensor, s: Tensor) -> Tensor:
    return (x / s > -4) & (x / s < 3)


class Lsq(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, s: Tensor) -> Tensor:
        ctx.save_for_backward(x, s)
        return (x / s).round().clamp(-4, 3) * s

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor]:
        x, s = ctx.saved_tensors
        units = (x / s).round().clamp(-4, 3)
        ds = torch.where(inside(x, s), units - x / s, units)
        return dy * inside(x, s), (dy * ds).sum()


class LsqOfValues(Lsq):
    """The step's gradient outside is left out, as in LSQuantization's first issue."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor]:
        x, s = ctx.saved_tensors
        return dy * inside(x, s), (dy * inside(x, s) * ((x / s).round() - x / s)).sum()


class LsqOfEach(Lsq):
    """The step's gradient is not summed."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Any:
        x, s = ctx.saved_tensors
        dx, _ = Lsq.backward(ctx, dy)
        return dx, (dy * inside(x, s)).mean()


def lsq_by_detach(x: Tensor, s: Tensor) -> Tensor:
    """As LSQ's authors write it."""
    v = (x / s).clamp(-4, 3)
    return (v + (v.round() - v).detach()) * s


class Pact(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, a: Tensor) -> Tensor:
        ctx.save_for_backward(x, a)
        return torch.minimum(x.clamp(min=0), a)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor]:
        x, a = ctx.saved_tensors
        return dy * ((x > 0) & (x < a)), (dy * (x >= a)).sum()


def nearest(x: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
    index = (x.detach()[..., None] - code.detach()).abs().argmin(-1)
    q = code.detach()[index]
    return q + (x - x.detach()), index


class Tempered(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, t: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.t = t
        return x.softmax(-1)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        p = (x / ctx.t).softmax(-1)
        return p * (dy - (p * dy).sum(-1, keepdim=True)) / ctx.t, None


def flattened(x: Tensor, t: float) -> Tensor:
    """The last axis is not the one that it sums along."""
    y: Tensor = Tempered.apply(x.flatten(), t)  # type: ignore[no-untyped-call]
    return y.view(x.shape)


def gumbel(x: Tensor) -> tuple[Tensor, Tensor]:
    g = -torch.empty_like(x).exponential_().log()
    soft = ((x + g) / 0.5).softmax(-1)
    hard = torch.zeros_like(soft).scatter_(-1, (x + g).argmax(-1, keepdim=True), 1.0)
    return hard + (soft - soft.detach()), g


def shake_drawn(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    alpha, beta = torch.rand((), dtype=torch.float64), torch.rand((), dtype=torch.float64)
    return shake_shake(a, b, float(alpha), float(beta)), alpha, beta


class Noisy(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, noise: Tensor) -> Tensor:
        ctx.save_for_backward(noise)
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        (noise,) = ctx.saved_tensors
        return dy + noise, None


def noisy(x: Tensor) -> tuple[Tensor, Tensor]:
    noise = torch.randn_like(x)
    return Noisy.apply(x, noise), noise  # type: ignore[no-untyped-call]


def noisy_again(x: Tensor) -> tuple[Tensor, Tensor]:
    """The noise that is reported is not the one that is added."""
    return Noisy.apply(x, torch.randn_like(x)), torch.randn_like(x)  # type: ignore[no-untyped-call]


class OnTheClass(Function):
    """Its number is that of the last call."""

    scale = 1.0

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float) -> Tensor:
        OnTheClass.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return OnTheClass.scale * dy, None


RIGHT: dict[str, Any] = {
    "lsq": Lsq,
    "pact": Pact,
    "vector_quantisation_index": nearest,
    "tempered_softmax": Tempered,
    "gumbel_straight_through": gumbel,
    "shake_shake_drawn": shake_drawn,
    "gradient_noise": noisy,
}
WRONG = [
    # What is no output at all gets a sentence.
    Wrong("swish", lambda x: x.detach().float().numpy(), "output 0 must be a Tensor, got ndarray"),
    Wrong("swish", lambda x: None, "output 0 must be a Tensor, got NoneType"),
    Wrong("swish", lambda x: x.sum(), r"G1 output of values, .*: shape must be \(64,\), got \(\)"),
    Wrong("floor_straight_through", lambda x: x.detach().floor(), "L2 gradient .*: it gets none"),
    Wrong("gradient_scale", OnTheClass, "G24 gradient of x, another call before its backward"),
    Wrong("lsq", LsqOfValues, "gradient of s"),
    Wrong("lsq", LsqOfEach, "gradient of s"),
    Wrong("pact", lambda x, a: x.clamp(min=0).minimum(a.detach()), "gradient of a, .*: it gets no"),
    Wrong("pact", lambda x, a: x.clamp(min=0), "output of values"),
    Wrong("vector_quantisation_index", lambda x, c: nearest(x, c)[0], "must give 2 outputs, got 1"),
    Wrong(
        "vector_quantisation_index",
        lambda x, c: (nearest(x, c)[0], nearest(x, c)[1] + 1),
        r"output 1 of values, .*: expected\[0\] = 3, got\[0\] = 4",
    ),
    Wrong(
        "vector_quantisation_index",
        lambda x, c: (nearest(x, c)[0], nearest(x, c)[1].to(x.dtype)),
        "G2 output 1 of values, .*: dtype must be one of integers",
    ),
    Wrong("tempered_softmax", lambda x, t: x.softmax(-1), "gradient of x"),
    Wrong("tempered_softmax", lambda x, t: (x / t).softmax(-1), "output of"),
    Wrong("tempered_softmax", flattened, "output"),
    Wrong("gumbel_straight_through", lambda x: gumbel(x)[0], "and what it drew, g, got 1"),
    Wrong("gumbel_straight_through", lambda x: (gumbel(x)[0].detach() + 0 * x, x), "output of"),
    Wrong(
        "shake_shake_drawn",
        lambda a, b: (*shake_drawn(a, b)[:2], torch.tensor(0.5)),
        "gradient of x0, values",
    ),
    Wrong("gradient_noise", noisy_again, "gradient of x"),
]
