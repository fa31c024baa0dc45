"""What the nnabla idioms have in common, so that each shows its style only. No subject itself.

All three layers are one thing: an output that is a copy of the input, or a sum of the inputs times
factors, and gradients that are multiples of the output's. A style says how these are written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nnabla as nn
import numpy as np
from nnabla.function import PythonFunction


class Style(PythonFunction):
    """``factors`` are those of the inputs, none for a copy, and ``weights`` those of dy.

    Its output has the shape of its first input, and its gradients need no values.
    """

    def __init__(
        self, factors: tuple[Any, ...], weights: tuple[Any, ...], context: Any = None
    ) -> None:
        super().__init__(context)
        self.factors = [self.factor(number) for number in factors]
        self.weights = [self.factor(number) for number in weights]

    def factor(self, exact: Any) -> Any:
        """What is multiplied by, made of a float or of an array in float64: one for each image."""
        raise NotImplementedError

    def write_copy(self, x: Any, y: Any) -> None:
        """Write ``x`` into ``y``."""
        raise NotImplementedError

    def write_sum(self, inputs: Any, y: Any) -> None:
        """Write the sum of the inputs times their factors into ``y``."""
        raise NotImplementedError

    def write_gradient(self, y: Any, weight: Any, x: Any, accumulate: bool) -> None:
        """Write the gradient of ``y`` times the weight into that of ``x``, or add it there."""
        raise NotImplementedError

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        if self.factors:
            self.write_sum(inputs, outputs[0])
        else:
            self.write_copy(inputs[0], outputs[0])

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        for i, weight in enumerate(self.weights):
            if propagate_down[i]:
                self.write_gradient(outputs[0], weight, inputs[i], accum[i])

    @property
    def name(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}"

    def min_outputs(self) -> int:
        return 1

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape(inputs[0].shape, True)

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return False

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False


class FloatStyle(Style):
    """One that computes by nnabla's functions, in float32 in a float16 network too.

    There they would round a scalar to float16 before they multiply by it.
    """

    def __init__(self, factors: tuple[Any, ...], weights: tuple[Any, ...]) -> None:
        context = nn.get_current_context()
        floats = [backend for backend in context.backend if backend.endswith(":float")]
        context = nn.Context(floats, context.array_class, context.device_id)
        super().__init__(factors, weights, context)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        super().forward_impl(inputs, outputs)
        self._restore(inputs[0].data.dtype, outputs[0].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        super().backward_impl(inputs, outputs, propagate_down, accum)
        for x, wanted in zip(inputs, propagate_down, strict=True):
            if wanted:
                self._restore(outputs[0].grad.dtype, x.grad)

    def _restore(self, dtype: Any, array: Any) -> None:
        """Give an array that was written in float32 the dtype that it should have."""
        if array.dtype != dtype:
            array.cast(dtype, self.ctx)


def captured(coefficient: Any) -> Any:
    """A float, or a copy of an array: changing that later changes no earlier graph.

    In float64, in which nnabla's article subtracts from 1.
    """
    if isinstance(coefficient, nn.NdArray):
        coefficient = coefficient.data
    return np.array(coefficient, np.float64) if np.ndim(coefficient) else float(coefficient)


def layers(style: type[Style]) -> tuple[Callable[..., nn.Variable], ...]:
    """The functions of a style: gradient_reversal, mul_scalar and shake_shake."""

    def gradient_reversal(x: nn.Variable, scale: Any) -> nn.Variable:
        return style((), (-captured(scale),))(x)

    def mul_scalar(x: nn.Variable, scalar: Any) -> nn.Variable:
        factors = (captured(scalar),)
        return style(factors, factors)(x)

    def shake_shake(x0: nn.Variable, x1: nn.Variable, alpha: Any, beta: Any) -> nn.Variable:
        alpha, beta = captured(alpha), captured(beta)
        return style((alpha, 1 - alpha), (beta, 1 - beta))(x0, x1)

    return gradient_reversal, mul_scalar, shake_shake
