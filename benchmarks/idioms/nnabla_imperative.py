"""Imperative style: a PythonFunction that computes by nnabla's own functions on NdArrays.

The style of nnabla's manual, and the fast row of the published timing, for it stays on the GPU.
Every result is a new NdArray, out of nnabla's cache, and is then copied to where it belongs. On a
CPU nnabla's functions of two arrays are slow: adding costs about four times as much as in numpy,
multiplying (coefficients per image) about forty times.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn

from benchmarks.idioms.nnabla_function import FloatFunction, captured


class _MulScalar(FloatFunction):
    def __init__(self, scalar: Any) -> None:
        super().__init__()
        self.scalar = _factor(scalar)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x, y = inputs[0].data, outputs[0].data
        y.copy_from(self.scalar * x)
        self.restore(x.dtype, y)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            dy, dx = outputs[0].grad, inputs[0].grad
            if accum[0]:
                dx += self.scalar * dy
            else:
                dx.copy_from(self.scalar * dy)
            self.restore(dy.dtype, dx)


class _GradientReversal(_MulScalar):
    """Takes ``-scale``: its backward is that of a multiplication."""

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x, y = inputs[0].data, outputs[0].data
        y.copy_from(x)
        self.restore(x.dtype, y)


class _ShakeShake(FloatFunction):
    def __init__(self, alpha: Any, beta: Any) -> None:
        super().__init__()
        self.alpha, self.beta = _factor(alpha), _factor(beta)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        (x0, x1), y = (x.data for x in inputs), outputs[0].data
        y.copy_from(self.alpha * x0 + (1 - self.alpha) * x1)
        self.restore(x0.dtype, y)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy = outputs[0].grad
        for i, weight in enumerate((self.beta, 1 - self.beta)):
            if propagate_down[i]:
                dx = inputs[i].grad
                if accum[i]:
                    dx += weight * dy
                else:
                    dx.copy_from(weight * dy)
                self.restore(dy.dtype, dx)


def _factor(coefficient: Any) -> Any:
    factor = captured(coefficient)
    return factor if isinstance(factor, float) else nn.NdArray.from_numpy_array(factor)


def gradient_reversal(x: nn.Variable, scale: Any) -> nn.Variable:
    return _GradientReversal(-captured(scale))(x)


def mul_scalar(x: nn.Variable, scalar: Any) -> nn.Variable:
    return _MulScalar(scalar)(x)


def shake_shake(x0: nn.Variable, x1: nn.Variable, alpha: Any, beta: Any) -> nn.Variable:
    return _ShakeShake(alpha, beta)(x0, x1)
