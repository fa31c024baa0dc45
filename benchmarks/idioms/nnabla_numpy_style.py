"""numpy style: a PythonFunction that computes by numpy on `.d` and `.g`.

The style of most PythonFunctions, and the slow row of the published timing. Every result is a new
array, whose pages the system has to hand out, and is then copied to where it belongs; a gradient
that was set to zero is filled with zeros by `.g` first. On a GPU every `.d` and `.g` copies to
the host, and makes the copy on the device invalid.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np

from benchmarks.idioms.nnabla_function import Style, layers


class _NumpyStyle(Style):
    def factor(self, exact: Any) -> Any:
        # Never 0-d: numpy would round a mere number to the float16 that it meets.
        return np.array(exact, np.float32, ndmin=1)

    def write_copy(self, x: Any, y: Any) -> None:
        _keep_dtype(x, y)
        y.d = x.d

    def write_sum(self, inputs: Any, y: Any) -> None:
        _keep_dtype(inputs[0], y)
        y.d = reduce(add, (a * x.d for a, x in zip(self.factors, inputs, strict=True)))

    def write_gradient(self, y: Any, weight: Any, x: Any, accumulate: bool) -> None:
        if accumulate:
            x.g += weight * y.g
        else:
            x.g = weight * y.g


def _keep_dtype(x: Any, y: Any) -> None:
    """`.d = ...` makes float32 of an output that is new, in a float16 network too."""
    if x.data.dtype != np.float32:
        y.data.cast(x.data.dtype)


gradient_reversal, mul_scalar, shake_shake = layers(_NumpyStyle)
