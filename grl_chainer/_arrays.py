"""The arithmetic of the layers, on arrays of NumPy or CuPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from chainer import backend

# So many elements are mixed at a time: their products stay in the caches. As a whole, they would
# take new memory, whose pages cost the system more than the arithmetic.
PART = 1 << 19


def compute_type(dtype: Any) -> Any:
    """What is computed in: float64 for float64, float32 for float32 and float16."""
    return np.float64 if dtype.char == "d" else np.float32


def product(x: Any, factor: Any) -> Any:
    """``x * factor`` in a new array, computed in the compute type and rounded once to x's."""
    xp = np if isinstance(x, np.ndarray) else backend.get_array_module(x)
    # With an out, a 0-d result is an array.
    return xp.multiply(x, factor, out=xp.empty_like(x), dtype=compute_type(x.dtype))


def mix(x0: Any, x1: Any, c0: Any, c1: Any) -> Any:
    """``c0 * x0 + c1 * x1`` in a new array, computed as in :func:`product`."""
    xp = backend.get_array_module(x0)
    y = xp.empty_like(x0)
    # On a GPU a part would be three kernels more; and parts have to lie one after the other.
    if xp is not np or x0.size <= PART or x0.strides[0] < max(x0.strides):
        _mix_into(y, x0, x1, c0, c1)
        return y
    per_image = (len(x0), *(1,) * (x0.ndim - 1))
    arrays = (y, x0, x1, np.broadcast_to(c0, per_image), np.broadcast_to(c1, per_image))
    for part in zip(*(np.array_split(a, math.ceil(x0.size / PART)) for a in arrays), strict=True):
        _mix_into(*part)
    return y


def _mix_into(y: Any, x0: Any, x1: Any, c0: Any, c1: Any) -> None:
    xp = backend.get_array_module(x0)
    # The sum is made in the compute type and rounded once, which matters for float16.
    compute = compute_type(y.dtype)
    total = y if y.dtype == compute else xp.empty_like(y, dtype=compute)
    xp.multiply(x0, c0, out=total, dtype=compute)
    total += xp.multiply(x1, c1, dtype=compute)
    if total is not y:
        y[...] = total
