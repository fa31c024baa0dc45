"""Multiplication by a scalar: ``scalar * x`` forward, ``scalar * dy`` backward.

The smallest whole example of a custom gradient. Its backward is the derivative of its forward,
so an ordinary gradient check passes.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from grl_torch.declared import Declared
from grl_torch.factors import NUMBERS, check_tensor, checked, fitted, keep, kept


def times(x: Tensor, factor: float | Tensor) -> Tensor:
    """``factor * x``, rounded once to the dtype of ``x``."""
    if x.is_complex():
        # PyTorch would multiply by factor + 0i, which makes NaN of an infinite part.
        return torch.complex(times(x.real, factor), times(x.imag, factor))
    y = x * factor
    # A factor given as a tensor has the compute type, which can be wider than that of x.
    return y if y.dtype == x.dtype else y.to(x.dtype)


class _MulScalar(Declared):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scalar: float | Tensor) -> Tensor:
        keep(ctx, scalar)
        return times(x, scalar)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return times(dy, kept(ctx)), None

    @staticmethod
    def law(x: Tensor, scalar: float | Tensor) -> tuple[Tensor, Tensor]:
        product = times(x, scalar)
        return product, product


def mul_scalar(x: Tensor, scalar: float | Tensor) -> Tensor:
    """Return ``scalar * x``, and multiply the gradient by ``scalar`` too.

    The scalar is captured here: changing it later changes no gradient of this graph.

    Args:
        x: any shape; a floating or complex dtype of 16 to 128 bits.
        scalar: a finite number, or a tensor that needs no gradient: one number, or one per
            sample with shape (N, 1, ..., 1) and the rank of ``x``. A tensor's values are not
            checked, because reading them would make a GPU wait.

    Returns:
        The product, with the shape, dtype and layout of ``x``. ``scalar`` is rounded once to
        the compute type (float64 for float64 and complex128, else float32), and the product,
        forward and backward, once to the dtype of ``x``.

    Raises:
        TypeError: ``x`` is not a tensor of these dtypes, or ``scalar`` is not a real number.
        ValueError: ``scalar`` is not finite, has another shape or device, or needs a gradient.
    """
    check_tensor("x", x, NUMBERS)
    y: Tensor = _MulScalar.call(x, fitted("scalar", scalar, x, copy=True))
    return y


class MulScalar(nn.Module):
    """:func:`mul_scalar` as a module; ``scalar`` may be set again between forwards.

    The scalar is saved in the module's ``state_dict`` and is never rounded: ``.half()`` and
    ``.to()`` leave it as it is.

    Args:
        scalar: as for :func:`mul_scalar`.
    """

    def __init__(self, scalar: float | Tensor) -> None:
        super().__init__()
        self.scalar = checked("scalar", scalar)

    def forward(self, x: Tensor) -> Tensor:
        return mul_scalar(x, self.scalar)

    def get_extra_state(self) -> dict[str, float | Tensor]:
        return {"scalar": self.scalar}

    def set_extra_state(self, state: dict[str, float | Tensor]) -> None:
        self.scalar = copy.deepcopy(state["scalar"])

    def extra_repr(self) -> str:
        return f"scalar={self.scalar}"
