"""get_data style: numpy again, but `get_data` says what for, and numpy writes to the right place.

For those who know that an array which is only read ("r") stays valid on its device, and that one
which is only written ("w") is neither filled nor fetched first. Multiplying passes over memory
once; adding to a gradient and mixing still make new arrays. On a GPU it goes through the host.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.idioms.nnabla_function import Style, layers


class _GetData(Style):
    def factor(self, exact: Any) -> Any:
        return exact if isinstance(exact, float) else exact.astype(np.float32)

    def write_copy(self, x: Any, y: Any) -> None:
        values = x.data.get_data("r")
        y.data.get_data("w", values.dtype)[...] = values

    def write_sum(self, inputs: Any, y: Any) -> None:
        x0, *others = (x.data.get_data("r") for x in inputs)
        out = y.data.get_data("w", x0.dtype)
        if others:
            terms = _multiply(x0, self.factors[0]), _multiply(others[0], self.factors[1])
            np.add(*terms, out=out)
        else:
            _multiply(x0, self.factors[0], out=out)

    def write_gradient(self, y: Any, weight: Any, x: Any, accumulate: bool) -> None:
        dy = y.grad.get_data("r")
        if accumulate:
            dx = x.grad.get_data("rw")
            dx += _multiply(dy, weight)
        else:
            _multiply(dy, weight, out=x.grad.get_data("w", dy.dtype))


def _multiply(x: Any, factor: Any, out: Any = None) -> Any:
    # In float32: numpy would round a mere number to the float16 that it meets.
    return np.multiply(x, factor, out=out, dtype=np.float32)


gradient_reversal, mul_scalar, shake_shake = layers(_GetData)
