"""What the nnabla idioms have in common, so that each shows its style only. No subject itself."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import numpy as np
from nnabla.function import PythonFunction


class Function(PythonFunction):
    """Its output has the shape of its first input, and its gradients need no values."""

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


class FloatFunction(Function):
    """One that computes by nnabla's functions, in float32 in a float16 network too.

    There they would round a scalar to float16 before they multiply by it.
    """

    def __init__(self) -> None:
        context = nn.get_current_context()
        floats = [backend for backend in context.backend if backend.endswith(":float")]
        super().__init__(nn.Context(floats, context.array_class, context.device_id))

    def restore(self, dtype: Any, array: Any) -> None:
        """Give an array that was written in float32 the dtype that it should have."""
        if array.dtype != dtype:
            array.cast(dtype, self.ctx)


def captured(coefficient: Any) -> Any:
    """A number as it is, or a copy of an array: changing that later changes no earlier graph."""
    if isinstance(coefficient, nn.NdArray):
        coefficient = coefficient.data
    return np.array(coefficient, np.float32) if np.ndim(coefficient) else float(coefficient)
