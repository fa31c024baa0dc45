"""For Chainer: see the package's docstring."""

from __future__ import annotations

from typing import Any

import chainer
import numpy as np


class _GradientReversal(chainer.Function):
    """An old-style function: it saves its inputs unless it is told not to."""

    def __init__(self, scale: float) -> None:
        self.scale = np.float32(scale)

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return (inputs[0].copy(),)

    def backward(self, inputs: tuple[Any], grad_outputs: tuple[Any]) -> tuple[Any]:
        return (-self.scale * grad_outputs[0],)


class _ShakeShake(chainer.Function):
    def __init__(self, alpha: float, beta: float) -> None:
        self.alpha, self.beta = np.float32(alpha), np.float32(beta)

    def forward(self, inputs: tuple[Any, Any]) -> tuple[Any]:
        x0, x1 = inputs
        return (self.alpha * x0 + (1 - self.alpha) * x1,)

    def backward(self, inputs: tuple[Any, Any], grad_outputs: tuple[Any]) -> tuple[Any, Any]:
        (dy,) = grad_outputs
        return self.beta * dy, (1 - self.beta) * dy


class _MulScalar(chainer.FunctionNode):
    def __init__(self, scalar: float) -> None:
        self.scalar = np.float32(scalar)

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return (self.scalar * inputs[0],)

    def backward(self, _: tuple[int, ...], grad_outputs: tuple[Any]) -> tuple[Any]:
        copy = grad_outputs[0].array.copy()
        return (chainer.Variable(self.scalar * copy),)


def gradient_reversal(x: Any, scale: float) -> Any:
    return _GradientReversal(scale)(x)


def shake_shake(x0: Any, x1: Any, alpha: float, beta: float) -> Any:
    return _ShakeShake(alpha, beta)(x0, x1)


def mul_scalar(x: Any, scalar: float) -> Any:
    return _MulScalar(scalar).apply((x,))[0]
