"""Multiplication by a scalar: ``scalar * x`` forward, ``scalar * dy`` backward.

The smallest whole example of a custom gradient. Its backward is the derivative of its forward,
so an ordinary gradient check passes.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn

from grl_nnabla import native
from grl_nnabla._arguments import CheckedFactor, check_input
from grl_nnabla._arrays import arithmetic
from grl_nnabla._autograd import Declared, captured


class _MulScalar(Declared):
    factor_names = ("scalar",)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        (factor,) = self.factors(inputs)
        self.arrays = arithmetic(self.ctx, inputs[0].data)
        self.arrays.multiply(inputs[0].data, factor, outputs[0].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            (factor,) = self.factors(inputs)
            self.arrays.multiply(outputs[0].grad, factor, inputs[0].grad, accum[0])

    @staticmethod
    def gradient(dy: Any, factor: Any) -> Any:
        return times(dy, factor)


times = _MulScalar.apply  # of a Variable and a factor that is captured


def mul_scalar(x: Any, scalar: Any) -> Any:
    """Return ``scalar * x``, and multiply the gradient by ``scalar`` too.

    Args:
        x: an input, any shape, see :mod:`grl_nnabla`.
        scalar: the factor, see :mod:`grl_nnabla`.

    Returns:
        The product, with the shape and dtype of ``x``. Its gradient is ``scalar * dy``.

    Raises:
        TypeError, ValueError: naming the argument, see :mod:`grl_nnabla`.

    Examples:
        >>> x = nn.Variable.from_numpy_array(np.float32([1, -2])).apply(need_grad=True)
        >>> y = mul_scalar(x, 3.0)
        >>> x.grad.zero()
        >>> y.forward()
        >>> y.backward(1)
        >>> print(x.g.tolist())
        [3.0, 3.0]
    """
    check_input("x", x)
    factor = captured("scalar", scalar, x)
    if native.is_native():
        return native.mul_scalar(x, factor)
    return times(x, factor)


class MulScalar(CheckedFactor, nn.Module):
    """:func:`mul_scalar` as a module; ``scalar`` may be set again between calls."""

    factor = "scalar"

    def __init__(self, scalar: Any) -> None:
        self.scalar = scalar

    def call(self, x: Any) -> Any:
        return mul_scalar(x, self.scalar)
