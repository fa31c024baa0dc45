"""What layers for nnabla are made of that are written in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from nnabla import NdArray
from nnabla.function import PythonFunction

# A number, a NumPy array or an NdArray.
Scalar = Any


def exact(value: Scalar) -> Any:
    """A copy in float64, as an array."""
    return np.array(value.data if isinstance(value, NdArray) else value, np.float64)


def scaled(x: Any, factor: Any) -> Any:
    """``x * factor`` in float32 at least, rounded once to the dtype of x."""
    wide = np.promote_types(x.dtype, np.float32)
    with np.errstate(all="ignore"):
        return np.asarray(np.multiply(x, factor, dtype=wide)).astype(x.dtype)


class ArrayFunction(PythonFunction):
    """The nnabla side of a layer that is written in NumPy: ``forward`` and ``backward`` are."""

    def min_outputs(self) -> int:
        return 1

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return False

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape(inputs[0].shape, True)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        y = self.forward(*(x.data.get_data("r") for x in inputs))
        outputs[0].data.get_data("w", y.dtype)[...] = y

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy = outputs[0].grad.get_data("r")
        for i, x in enumerate(inputs):
            if propagate_down[i]:
                self.deliver(self.backward(dy, i), x.grad, accum[i])

    def deliver(self, dx: Any, grad: Any, accum: bool) -> None:
        if accum:
            grad.get_data("rw")[...] += dx
        else:
            grad.get_data("w", dx.dtype)[...] = dx

    def forward(self, *xs: Any) -> Any:
        raise NotImplementedError

    def backward(self, dy: Any, i: int) -> Any:
        raise NotImplementedError
