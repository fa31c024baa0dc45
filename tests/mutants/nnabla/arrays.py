"""What layers for nnabla are made of that are written in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nnabla import NdArray, Variable
from nnabla.function import PythonFunction

from tests.mutants import formulas

# A number, a NumPy array or an NdArray.
Scalar = Any


def exact(value: Scalar) -> Any:
    """A copy in float64, as an array."""
    return formulas.exact(value.data if isinstance(value, NdArray) else value)


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


class _Declared(ArrayFunction):
    name = "Conformance.Declared"

    def __init__(self, forward: Any, backward: Any) -> None:
        super().__init__()
        self.forward, self.backward = forward, backward  # type: ignore[method-assign]


def declare(
    xs: Sequence[Variable], forward: Callable[..., Any], backward: Callable[[Any, int], Any]
) -> Variable:
    """See ``tests.mutants.formulas``."""
    return _Declared(forward, backward)(*xs)
