"""numpy style: a PythonFunction that computes by numpy on `.d` and `.g`.

The style of most PythonFunctions, and the slow row of the published timing. Every result is a new
array, whose pages the system has to hand out, and is then copied to where it belongs; a gradient
that was set to zero is filled with zeros by `.g` first. On a GPU every `.d` and `.g` copies to
the host, and makes the copy on the device invalid.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn
import numpy as np

from benchmarks.idioms.nnabla_function import Function


class _MulScalar(Function):
    def __init__(self, scalar: Any) -> None:
        super().__init__()
        self.scalar = _factor(_exact(scalar))

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        _keep_dtype(inputs[0], outputs[0])
        outputs[0].d = self.scalar * inputs[0].d

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            if accum[0]:
                inputs[0].g += self.scalar * outputs[0].g
            else:
                inputs[0].g = self.scalar * outputs[0].g


class _GradientReversal(_MulScalar):
    """Takes ``-scale``: its backward is that of a multiplication."""

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        _keep_dtype(inputs[0], outputs[0])
        outputs[0].d = inputs[0].d


class _ShakeShake(Function):
    def __init__(self, alpha: Any, beta: Any) -> None:
        super().__init__()
        alpha, beta = _exact(alpha), _exact(beta)
        self.alphas = _factor(alpha), _factor(1 - alpha)
        self.betas = _factor(beta), _factor(1 - beta)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        _keep_dtype(inputs[0], outputs[0])
        outputs[0].d = self.alphas[0] * inputs[0].d + self.alphas[1] * inputs[1].d

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        for i, weight in enumerate(self.betas):
            if propagate_down[i]:
                if accum[i]:
                    inputs[i].g += weight * outputs[0].g
                else:
                    inputs[i].g = weight * outputs[0].g


def _exact(coefficient: Any) -> Any:
    """A copy in float64, in which the article subtracts from 1: changing it changes no graph."""
    values = coefficient.data if isinstance(coefficient, nn.NdArray) else coefficient
    return np.array(values, np.float64, ndmin=1)


def _factor(exact: Any) -> Any:
    """In float32 and never 0-d: numpy would round a mere number to the float16 that it meets."""
    return exact.astype(np.float32)


def _keep_dtype(x: Any, y: Any) -> None:
    """`.d = ...` makes float32 of an output that is new, in a float16 network too."""
    if x.data.dtype != np.float32:
        y.data.cast(x.data.dtype)


def gradient_reversal(x: nn.Variable, scale: Any) -> nn.Variable:
    return _GradientReversal(-_exact(scale))(x)


def mul_scalar(x: nn.Variable, scalar: Any) -> nn.Variable:
    return _MulScalar(scalar)(x)


def shake_shake(x0: nn.Variable, x1: nn.Variable, alpha: Any, beta: Any) -> nn.Variable:
    return _ShakeShake(alpha, beta)(x0, x1)
