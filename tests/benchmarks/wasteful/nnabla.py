"""For NNabla: see the package's docstring."""

from __future__ import annotations

from typing import Any

import numpy as np
from nnabla.function import PythonFunction


class _Saving(PythonFunction):
    """nnabla keeps the inputs of a function whose gradient is said to depend on them."""

    name = f"{__name__}.Saving"
    saves = True

    def __init__(self, forward: list[float], backward: list[float]) -> None:
        super().__init__()
        self.weights, self.factors = forward, backward

    def min_outputs(self) -> int:
        return 1

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return self.saves

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape(inputs[0].shape, True)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        y = outputs[0].data.get_data("w")
        np.multiply(inputs[0].data.get_data("r"), self.weights[0], out=y)
        for x, weight in zip(inputs[1:], self.weights[1:], strict=True):
            y += weight * x.data.get_data("r")

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy = outputs[0].grad.get_data("r")
        for x, factor in zip(inputs, self.factors, strict=True):
            np.multiply(dy, factor, out=x.grad.get_data("w"))


class _Copying(_Saving):
    name = f"{__name__}.Copying"
    saves = False

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        copy = outputs[0].grad.get_data("r").copy()
        np.multiply(copy, self.factors[0], out=inputs[0].grad.get_data("w"))


def gradient_reversal(x: Any, scale: float) -> Any:
    return _Saving([1.0], [-scale])(x)


def shake_shake(x0: Any, x1: Any, alpha: float, beta: float) -> Any:
    return _Saving([alpha, 1 - alpha], [beta, 1 - beta])(x0, x1)


def mul_scalar(x: Any, scalar: float) -> Any:
    return _Copying([scalar], [scalar])(x)
