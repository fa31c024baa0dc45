"""The old style, ``chainer.Function``: forward and backward compute with arrays.

Where one meets it: Chainer 3 replaced it in 2017, yet every public gradient reversal with a scale
that was found for Chainer is written in it, with this arithmetic, and so is every Shake-Shake.
Those draw alpha and beta themselves; here both are given, so that the result can be checked.
What it costs: the inputs are kept for a backward pass that does not read them, both branches'
gradients are computed, wanted or not, and the gradient cannot be differentiated again. A number
is rounded to the dtype of the array, so float16 is off; an array of coefficients has to come in
the dtype of x, or the gradient is refused.
"""

from __future__ import annotations

from typing import Any

from chainer import Function, Variable


class _MulScalar(Function):
    def __init__(self, scalar: Any) -> None:
        self.scalar = scalar

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        (x,) = inputs
        return (self.scalar * x,)

    def backward(self, inputs: tuple[Any], grad_outputs: tuple[Any]) -> tuple[Any]:
        (dy,) = grad_outputs
        return (self.scalar * dy,)


class _GradientReversal(_MulScalar):
    """Takes ``-scale``: its backward is that of a multiplication."""

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return inputs


class _ShakeShake(Function):
    def __init__(self, alpha: Any, beta: Any) -> None:
        self.alpha = alpha
        self.beta = beta

    def forward(self, inputs: tuple[Any, Any]) -> tuple[Any]:
        x0, x1 = inputs
        return (self.alpha * x0 + (1 - self.alpha) * x1,)

    def backward(self, inputs: tuple[Any, Any], grad_outputs: tuple[Any]) -> tuple[Any, Any]:
        (dy,) = grad_outputs
        return self.beta * dy, (1 - self.beta) * dy


def gradient_reversal(x: Variable, scale: Any) -> Variable:
    return _GradientReversal(-scale)(x)


def mul_scalar(x: Variable, scalar: Any) -> Variable:
    return _MulScalar(scalar)(x)


def shake_shake(x0: Variable, x1: Variable, alpha: Any, beta: Any) -> Variable:
    return _ShakeShake(alpha, beta)(x0, x1)
