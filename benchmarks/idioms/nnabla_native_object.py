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

from benchmarks.idioms.nnabla_function import FloatStyle, layers


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


class _NativeObject(FloatStyle):
    def factor(self, exact: Any) -> _Product:
        return _Product(exact, self.ctx)

    def write_copy(self, x: Any, y: Any) -> None:
        Identity(self.ctx)(x.data, outputs=[y.data])

    def write_sum(self, inputs: Any, y: Any) -> None:
        for i, product in enumerate(self.factors):
            product(inputs[i].data, y.data, accumulate=i > 0)

    def write_gradient(self, y: Any, weight: Any, x: Any, accumulate: bool) -> None:
        weight(y.grad, x.grad, accumulate)


gradient_reversal, mul_scalar, shake_shake = layers(_NativeObject)
