"""The three layers as functions of one input, with the factor that each declares for the gradient.

They are linear in the gradient, so that one number, or one per row, says all: the backward pass
and the tangent of forward mode multiply by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import forward_ad

from grl_torch import gradient_reversal, mul_scalar, shake_shake


@dataclass(frozen=True)
class Declared:
    """``call(x, number)`` is the layer; it multiplies gradients by ``factor(number)``.

    The number is the scale, the scalar, or beta with an alpha of 0.25.
    """

    call: Callable[[Tensor, float | Tensor], Tensor]
    factor: Callable[[Any], Any]


def _shake(x: Tensor, beta: float | Tensor) -> Tensor:
    return shake_shake(x, torch.ones_like(x), 0.25, beta)


LAYERS = {
    "gradient_reversal": Declared(gradient_reversal, lambda scale: -scale),
    "mul_scalar": Declared(mul_scalar, lambda scalar: scalar),
    "shake_shake": Declared(_shake, lambda beta: beta),
}
each_layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
# A number for all rows, as a float and as a tensor, and one for each of the four rows.
NUMBERS = {
    "float": 0.375,
    "tensor": torch.tensor(0.375),
    "per-sample": torch.tensor([[0.5], [0.25], [2.0], [0.375]]),
}
each_number = pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)


def normal(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, dtype=dtype)


def gradient(y: Tensor, x: Tensor, dy: Tensor) -> Tensor:
    (dx,) = torch.autograd.grad(y, x, dy)
    return dx


def tangent(function: Callable[[Tensor], Tensor], x: Tensor, dx: Tensor) -> Tensor:
    """The directional derivative, by PyTorch's own forward mode."""
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, dx)
        found: Tensor = forward_ad.unpack_dual(function(dual)).tangent
        return found


def same_bits(a: Tensor, b: Tensor) -> bool:
    """Equal in shape, dtype and every bit, the sign of zero too; any NaN is a NaN."""
    if (a.shape, a.dtype) != (b.shape, b.dtype):
        return False
    both_nan = a.isnan() & b.isnan()
    return bool((both_nan | ((a == b) & (a.signbit() == b.signbit()))).all())
