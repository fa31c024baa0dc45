"""The Gradient Reversal Layer (GRL): the identity forward, ``-scale * dy`` backward.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016), section 4.2.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn

from grl_nnabla import native
from grl_nnabla._arguments import CheckedFactor, check_input
from grl_nnabla._arrays import arithmetic
from grl_nnabla._autograd import Declared, captured
from grl_nnabla.mul_scalar import times


class _GradientReversal(Declared):
    """Takes ``-scale``, so that the backward is a single multiply."""

    factor_names = ("scale",)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        self.arrays = arithmetic(self.ctx, inputs[0].data)
        self.arrays.copy(inputs[0].data, outputs[0].data)  # nnabla has no views to return

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            (factor,) = self.factors(inputs)
            self.arrays.multiply(outputs[0].grad, factor, inputs[0].grad, accum[0])

    @staticmethod
    def gradient(dy: Any, factor: Any) -> Any:
        return times(dy, factor)


def gradient_reversal(x: Any, scale: Any = 1.0) -> Any:
    """Return a copy of ``x``; in the backward pass, multiply the gradient by ``-scale``.

    Args:
        x: an input, any shape, see :mod:`grl_nnabla`.
        scale: the factor, see :mod:`grl_nnabla`.

    Returns:
        The copy, with the shape and dtype of ``x``. Its gradient is ``-scale * dy``.

    Raises:
        TypeError, ValueError: naming the argument, see :mod:`grl_nnabla`.

    Examples:
        >>> x = nn.Variable.from_numpy_array(np.float32([1, -2])).apply(need_grad=True)
        >>> y = gradient_reversal(x, scale=0.5)
        >>> x.grad.zero()
        >>> y.forward()
        >>> y.backward(1)
        >>> print(x.g.tolist())
        [-0.5, -0.5]
    """
    check_input("x", x)
    factor = captured("scale", scale, x, sign=-1)
    if native.is_native():
        return native.gradient_reversal(x, factor)
    return _GradientReversal.apply(x, factor)


class GradientReversal(CheckedFactor, nn.Module):
    """:func:`gradient_reversal` as a module; ``scale`` may be set again between calls."""

    factor = "scale"

    def __init__(self, scale: Any = 1.0) -> None:
        self.scale = scale

    def call(self, x: Any) -> Any:
        return gradient_reversal(x, self.scale)
