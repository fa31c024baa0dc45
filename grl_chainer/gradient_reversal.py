"""The Gradient Reversal Layer (GRL): the identity forward, ``-scale * dy`` backward.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016), section 4.2.
"""

from __future__ import annotations

from typing import Any

from chainer import Variable

from grl_chainer._arguments import Array, Factor, check_input, fitted
from grl_chainer._autograd import Declared, times
from grl_chainer._links import FactorLink


class GradientReversalFunction(Declared):
    """The node in the graph. Its name is the key of ``onnx_chainer``'s converters."""

    def __init__(self, scale: Any) -> None:
        self.scale = scale

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return inputs  # costs no copy

    def backward(self, _: tuple[int, ...], grad_outputs: tuple[Variable]) -> tuple[Variable]:
        return (times(*grad_outputs, -self.scale),)


def gradient_reversal(x: Variable | Array, scale: Factor = 1.0) -> Variable:
    """Return ``x``; in the backward pass, multiply the gradient by ``-scale``.

    Args:
        x: any shape; float16, float32 or float64.
        scale: the factor, see :mod:`grl_chainer`; captured here, whatever happens to it later.

    Returns:
        ``x``, with its shape, dtype and layout, and, like ``F.identity``, with its very array: an
        edit of ``y.array`` in place changes ``x``. Its gradient ``-scale * dy`` is rounded once.

    Raises:
        TypeError, ValueError: naming the argument, see :mod:`grl_chainer`.

    Examples:
        >>> x = Variable(np.float32([1, -2]))
        >>> F.sum(gradient_reversal(x, scale=0.5)).backward()
        >>> print(x.grad.tolist())
        [-0.5, -0.5]
    """
    x = check_input("x", x)
    return GradientReversalFunction(fitted("scale", scale, x)).apply((x,))[0]


class GradientReversal(FactorLink):
    """:func:`gradient_reversal` as a link; ``scale`` may be set again between forwards."""

    _factor = "scale"
    scale: Any

    def __init__(self, scale: Factor = 1.0) -> None:
        super().__init__(scale)

    def forward(self, x: Variable | Array) -> Variable:
        return gradient_reversal(x, self.scale)
