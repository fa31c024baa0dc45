"""get_data style: numpy again, but `get_data` says what for, and numpy writes to the right place.

For those who know that an array which is only read ("r") stays valid on its device, and that one
which is only written ("w") is neither filled nor fetched first. Multiplying passes over memory
once; adding to a gradient and mixing still make new arrays. On a GPU it goes through the host.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn
import numpy as np

from benchmarks.idioms.nnabla_function import Function, captured


class _MulScalar(Function):
    def __init__(self, scalar: Any) -> None:
        super().__init__()
        self.scalar = captured(scalar)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x = inputs[0].data.get_data("r")
        _multiply(x, self.scalar, out=outputs[0].data.get_data("w", x.dtype))

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            dy = outputs[0].grad.get_data("r")
            _deliver(dy, self.scalar, inputs[0].grad, accum[0])


class _GradientReversal(_MulScalar):
    """Takes ``-scale``: its backward is that of a multiplication."""

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x = inputs[0].data.get_data("r")
        outputs[0].data.get_data("w", x.dtype)[...] = x


class _ShakeShake(Function):
    def __init__(self, alpha: Any, beta: Any) -> None:
        super().__init__()
        self.alpha, self.beta = captured(alpha), captured(beta)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x0, x1 = (x.data.get_data("r") for x in inputs)
        y = outputs[0].data.get_data("w", x0.dtype)
        np.add(_multiply(x0, self.alpha), _multiply(x1, 1 - self.alpha), out=y)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy = outputs[0].grad.get_data("r")
        for i, weight in enumerate((self.beta, 1 - self.beta)):
            if propagate_down[i]:
                _deliver(dy, weight, inputs[i].grad, accum[i])


def _multiply(x: Any, factor: Any, out: Any = None) -> Any:
    # In float32: numpy would round a mere number to the float16 that it meets.
    return np.multiply(x, factor, out=out, dtype=np.float32)


def _deliver(dy: Any, factor: Any, into: Any, accumulate: bool) -> None:
    if accumulate:
        dx = into.get_data("rw")
        dx += _multiply(dy, factor)
    else:
        _multiply(dy, factor, out=into.get_data("w", dy.dtype))


def gradient_reversal(x: nn.Variable, scale: Any) -> nn.Variable:
    return _GradientReversal(-captured(scale))(x)


def mul_scalar(x: nn.Variable, scalar: Any) -> nn.Variable:
    return _MulScalar(scalar)(x)


def shake_shake(x0: nn.Variable, x1: nn.Variable, alpha: Any, beta: Any) -> nn.Variable:
    return _ShakeShake(alpha, beta)(x0, x1)
