"""A ``FunctionNode`` as one writes it first: an output of its own, and variables backward.

Where one meets it: backward as arithmetic on variables is what Chainer's documentation teaches,
because the gradient can then be differentiated again. The copy forward is the careful choice: an
edit of the output in place leaves the input alone.
What it costs: the copy, which is in C order whatever the input's was. Both branches' gradients
are computed, wanted or not. Numbers are rounded to the dtype of x, so float16 is off.
"""

from __future__ import annotations

from typing import Any

from chainer import FunctionNode, Variable


class _MulScalar(FunctionNode):
    def __init__(self, scalar: Any) -> None:
        self.scalar = scalar

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        (x,) = inputs
        return (self.scalar * x,)

    def backward(self, _: tuple[int, ...], grad_outputs: tuple[Variable]) -> tuple[Variable]:
        (dy,) = grad_outputs
        return (self.scalar * dy,)


class _GradientReversal(_MulScalar):
    """Takes ``-scale``: its backward is that of a multiplication."""

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        (x,) = inputs
        return (x.copy(),)


class _ShakeShake(FunctionNode):
    def __init__(self, alpha: Any, beta: Any) -> None:
        self.alpha = alpha
        self.beta = beta

    def forward(self, inputs: tuple[Any, Any]) -> tuple[Any]:
        x0, x1 = inputs
        return (self.alpha * x0 + (1 - self.alpha) * x1,)

    def backward(
        self, _: tuple[int, ...], grad_outputs: tuple[Variable]
    ) -> tuple[Variable, Variable]:
        (dy,) = grad_outputs
        return self.beta * dy, (1 - self.beta) * dy


def gradient_reversal(x: Variable, scale: Any) -> Variable:
    return _GradientReversal(-scale).apply((x,))[0]


def mul_scalar(x: Variable, scalar: Any) -> Variable:
    return _MulScalar(scalar).apply((x,))[0]


def shake_shake(x0: Variable, x1: Variable, alpha: Any, beta: Any) -> Variable:
    return _ShakeShake(alpha, beta).apply((x0, x1))[0]
