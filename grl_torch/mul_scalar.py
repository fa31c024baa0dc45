"""Multiplication by a scalar: ``scalar * x`` forward, ``scalar * dy`` backward.

The smallest whole example of a custom gradient. Its backward is the derivative of its forward, so
it needs no surrogate, and an ordinary gradient check passes.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from grl_torch._arguments import Factor, check_input, fitted
from grl_torch._arrays import times
from grl_torch._autograd import Declared, keep, kept
from grl_torch._state import FactorModule


class _MulScalar(Declared):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scalar: Factor) -> Tensor:
        keep(ctx, scalar)
        return times(x, scalar)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return times(dy, kept(ctx)), None


def mul_scalar(x: Tensor, scalar: Factor) -> Tensor:
    """Return ``scalar * x``, and multiply the gradient by ``scalar`` too.

    Args:
        x: any shape; a floating or complex dtype of 16 to 128 bits.
        scalar: the factor; see "Factors" in :mod:`grl_torch`, and "Errors" for what is raised.

    Returns:
        The product, with the shape, dtype and layout of ``x``. Its gradient is ``scalar * dy``.

    Examples:
        >>> x = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> mul_scalar(x, 3.0).sum().backward()
        >>> print(x.grad.tolist())
        [3.0, 3.0]
    """
    check_input("x", x)
    y: Tensor = _MulScalar.call(x, fitted("scalar", scalar, x, copy=True))
    return y


class MulScalar(FactorModule, name="scalar"):
    """:func:`mul_scalar` as a module; ``scalar`` is a buffer that no cast rounds."""

    def __init__(self, scalar: Factor, *, persistent: bool = True) -> None:
        super().__init__(scalar, persistent)

    def forward(self, x: Tensor) -> Tensor:
        return mul_scalar(x, self.factor())
