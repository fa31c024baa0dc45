"""Operators of one's own: ``torch.library.custom_op`` with ``register_autograd``.

Where one meets it: in PyTorch's guide to custom operators, and in code that has to pass
through ``torch.export``, which drops a Function's backward in silence.
What it costs: such an operator may not return its input or a view of it, so the reversal copies;
a call goes through the dispatcher and Python several times; the compiler cannot look inside and
so fuses nothing. An argument has one type: Shake-Shake's coefficients are always tensors here.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.library import custom_op


@custom_op("benchmarks::gradient_reversal", mutates_args=())
def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    return x.clone()


def _keep_factor(ctx: Any, inputs: tuple[Tensor, float], output: Tensor) -> None:
    _, ctx.factor = inputs


def _reverse(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
    return dy * -ctx.factor, None


gradient_reversal.register_autograd(_reverse, setup_context=_keep_factor)


@custom_op("benchmarks::mul_scalar", mutates_args=())
def mul_scalar(x: Tensor, scalar: float) -> Tensor:
    return x * scalar


def _multiply(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
    return dy * ctx.factor, None


mul_scalar.register_autograd(_multiply, setup_context=_keep_factor)


@custom_op("benchmarks::shake_shake", mutates_args=())
def _shake_shake(x0: Tensor, x1: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    return (alpha * x0 + (1 - alpha) * x1).to(x0.dtype)


def _keep_beta(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    ctx.save_for_backward(inputs[3])


def _mix(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, None, None]:
    (beta,) = ctx.saved_tensors
    return beta * dy, (1 - beta) * dy, None, None


_shake_shake.register_autograd(_mix, setup_context=_keep_beta)


def _of_the_same_shape(x: Tensor, *others: object) -> Tensor:
    return torch.empty_like(x)


for operator in (gradient_reversal, mul_scalar, _shake_shake):
    operator.register_fake(_of_the_same_shape)


def shake_shake(x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor) -> Tensor:
    return _shake_shake(x0, x1, _coefficient(alpha, x0), _coefficient(beta, x0))


def _coefficient(value: float | Tensor, x: Tensor) -> Tensor:
    if isinstance(value, Tensor):
        return value
    # With dimensions: without any, it would be rounded to float16 where the branches are.
    dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
    return torch.full((1,) * x.ndim, value, dtype=dtype, device=x.device)
