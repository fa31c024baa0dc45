"""Imperative style: a PythonFunction that computes by nnabla's own functions on NdArrays.

The style of nnabla's manual, and the fast row of the published timing, for it stays on the GPU.
Every result is a new NdArray, out of nnabla's cache, and is then copied to where it belongs. On a
CPU nnabla's functions of two arrays are slow: adding costs about four times as much as in numpy,
multiplying (coefficients per image) about forty times.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import nnabla as nn
import numpy as np

from benchmarks.idioms.nnabla_function import FloatStyle, layers


class _Imperative(FloatStyle):
    def factor(self, exact: Any) -> Any:
        if isinstance(exact, float):
            return exact
        return nn.NdArray.from_numpy_array(exact.astype(np.float32))

    def write_copy(self, x: Any, y: Any) -> None:
        y.data.copy_from(x.data)

    def write_sum(self, inputs: Any, y: Any) -> None:
        terms = (a * x.data for a, x in zip(self.factors, inputs, strict=True))
        y.data.copy_from(reduce(add, terms))

    def write_gradient(self, y: Any, weight: Any, x: Any, accumulate: bool) -> None:
        dx = x.grad
        if accumulate:
            dx += weight * y.grad
        else:
            dx.copy_from(weight * y.grad)


gradient_reversal, mul_scalar, shake_shake = layers(_Imperative)
