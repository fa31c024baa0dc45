"""The Gradient Reversal Layer (GRL): the identity forward, ``-scale * dy`` backward.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016), section 4.2.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from grl_torch._arguments import Factor, check_input, fitted
from grl_torch._arrays import times
from grl_torch._autograd import Declared, is_exported_for_inference, keep, kept
from grl_torch._state import FactorModule


class _GradientReversal(Declared):  # of x and factor = -scale, so that backward is one product
    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: Factor) -> Tensor:
        keep(ctx, factor)
        return x.view_as(x)  # costs no copy, and PyTorch refuses to change it in place

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return times(dy, kept(ctx)), None

    @staticmethod
    def surrogate(x: Tensor, factor: Factor) -> Tensor:
        return times(x, factor)


def gradient_reversal(x: Tensor, scale: Factor = 1.0, *, copy: bool = False) -> Tensor:
    """Return ``x``; in the backward pass, multiply the gradient by ``-scale``.

    Args:
        x: any shape; a floating or complex dtype of 16 to 128 bits.
        scale: the factor; see "Factors" in :mod:`grl_torch`, and "Errors" for what is raised.
        copy: return a copy and not a view: ``nn.ReLU(inplace=True)`` after it needs that.

    Returns:
        ``x``, with its shape, dtype and layout. Its gradient is ``-scale * dy``.

    Examples:
        >>> x = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> gradient_reversal(x, scale=0.5).sum().backward()
        >>> print(x.grad.tolist())
        [-0.5, -0.5]
    """
    check_input("x", x)
    y: Tensor = _GradientReversal.call(x, -fitted("scale", scale, x))
    return y.clone() if copy else y


class GradientReversal(FactorModule, name="scale"):
    """:func:`gradient_reversal` as a module; ``scale`` is a buffer that no cast rounds."""

    def __init__(self, scale: Factor = 1.0, *, copy: bool = False, persistent: bool = True) -> None:
        super().__init__(scale, persistent)
        self.copy = copy

    def forward(self, x: Tensor) -> Tensor:
        if not self.training and is_exported_for_inference((x,), training=False):
            return x.detach().clone() if self.copy else x.detach()
        return gradient_reversal(x, self.factor(), copy=self.copy)
