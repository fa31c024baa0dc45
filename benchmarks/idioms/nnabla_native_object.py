"""Native function objects: a PythonFunction that runs nnabla's own functions on the given arrays.

In no tutorial, but in `nnabla.function`: an object of one of nnabla's functions, made once, is
called with `outputs=`, which writes to the array that is given, and its `backward` adds to a
gradient without an array in between. It makes no new array, and it stays on the GPU. Arrays of
coefficients take an object, and a call, for each of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nnabla as nn
import numpy as np
from nnabla.function import Identity, MulScalar

from benchmarks.idioms.nnabla_function import FloatFunction, captured


class _Product:
    """``factor * x``, where the factor is one number or one number for each image."""

    def __init__(self, factor: Any, context: nn.Context) -> None:
        self.context = context
        self.functions = [MulScalar(context, number, False) for number in np.ravel(factor).tolist()]

    def __call__(self, x: Any, into: Any, accumulate: bool = False) -> None:
        """Write the product into an array, or add it there."""
        for multiply, source, target in self._parts(x, into):
            if accumulate:
                _add(multiply, source, target)
            else:
                multiply(source, outputs=[target])

    def _parts(self, x: Any, into: Any) -> Iterator[tuple[Any, Any, Any]]:
        if len(self.functions) == 1:
            yield self.functions[0], x, into
            return
        into.cast(np.float32, self.context)  # The parts of an array have its dtype.
        for i, multiply in enumerate(self.functions):
            yield multiply, x.narrow(0, i, 1), into.narrow(0, i, 1)


def _add(multiply: Any, x: Any, into: Any) -> None:
    """The backward pass of a multiplication multiplies too, and it can add."""
    source, target = nn.Variable(x.shape), nn.Variable(into.shape, need_grad=True)
    source.grad, target.grad = x, into
    multiply.setup([target], [source])
    multiply.backward([target], [source], accum=[True])


class _MulScalar(FloatFunction):
    def __init__(self, scalar: Any) -> None:
        super().__init__()
        self.product = _Product(captured(scalar), self.ctx)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x, y = inputs[0].data, outputs[0].data
        self.product(x, y)
        self.restore(x.dtype, y)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            dy, dx = outputs[0].grad, inputs[0].grad
            self.product(dy, dx, accum[0])
            self.restore(dy.dtype, dx)


class _GradientReversal(_MulScalar):
    """Takes ``-scale``: its backward is that of a multiplication."""

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x, y = inputs[0].data, outputs[0].data
        Identity(self.ctx)(x, outputs=[y])
        self.restore(x.dtype, y)


class _ShakeShake(FloatFunction):
    def __init__(self, alpha: Any, beta: Any) -> None:
        super().__init__()
        alpha, beta = captured(alpha), captured(beta)
        self.alpha, self.rest = _Product(alpha, self.ctx), _Product(1 - alpha, self.ctx)
        self.gradients = _Product(beta, self.ctx), _Product(1 - beta, self.ctx)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        (x0, x1), y = (x.data for x in inputs), outputs[0].data
        self.alpha(x0, y)
        self.rest(x1, y, accumulate=True)
        self.restore(x0.dtype, y)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy = outputs[0].grad
        for i, product in enumerate(self.gradients):
            if propagate_down[i]:
                dx = inputs[i].grad
                product(dy, dx, accum[i])
                self.restore(dy.dtype, dx)


def gradient_reversal(x: nn.Variable, scale: Any) -> nn.Variable:
    return _GradientReversal(-captured(scale))(x)


def mul_scalar(x: nn.Variable, scalar: Any) -> nn.Variable:
    return _MulScalar(scalar)(x)


def shake_shake(x0: nn.Variable, x1: nn.Variable, alpha: Any, beta: Any) -> nn.Variable:
    return _ShakeShake(alpha, beta)(x0, x1)
