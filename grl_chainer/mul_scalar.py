"""Multiplication by a scalar: ``scalar * x`` forward, ``scalar * dy`` backward.

The smallest whole example of a custom gradient. Its backward is the derivative of its forward,
so an ordinary gradient check passes.
"""

from __future__ import annotations

from typing import Any

from chainer import Variable

from grl_chainer._arguments import Array, Factor, check_input, fitted
from grl_chainer._arrays import product
from grl_chainer._autograd import Declared, times
from grl_chainer._links import FactorLink


class MulScalarFunction(Declared):
    """The node in the graph. Its name is the key of ``onnx_chainer``'s converters."""

    def __init__(self, scalar: Any) -> None:
        self.scalar = scalar

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return (product(*inputs, self.scalar),)

    def backward(self, _: tuple[int, ...], grad_outputs: tuple[Variable]) -> tuple[Variable]:
        return (times(*grad_outputs, self.scalar),)


def mul_scalar(x: Variable | Array, scalar: Factor) -> Variable:
    """Return ``scalar * x``; in the backward pass, multiply the gradient by ``scalar`` too.

    Args:
        x: any shape; float16, float32 or float64.
        scalar: the factor, see :mod:`grl_chainer`; captured here, whatever happens to it later.

    Returns:
        The product, with the shape, dtype and layout of ``x``. It and its gradient ``scalar * dy``
        are rounded once.

    Raises:
        TypeError, ValueError: naming the argument, see :mod:`grl_chainer`.

    Examples:
        >>> x = Variable(np.float32([1, -2]))
        >>> F.sum(mul_scalar(x, 3.0)).backward()
        >>> print(x.grad.tolist())
        [3.0, 3.0]
    """
    x = check_input("x", x)
    return MulScalarFunction(fitted("scalar", scalar, x)).apply((x,))[0]


class MulScalar(FactorLink):
    """:func:`mul_scalar` as a link; ``scalar`` may be set again between forwards."""

    _factor = "scalar"
    scalar: Any

    def __init__(self, scalar: Factor) -> None:
        super().__init__(scalar)

    def forward(self, x: Variable | Array) -> Variable:
        return mul_scalar(x, self.scalar)
