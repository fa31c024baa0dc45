"""All three layers as functions of one variable, with the factors of its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from chainer import Variable

from grl_chainer import gradient_reversal, mul_scalar, shake_shake
from tests.layers import product

Layer = Callable[[Any], Variable]

# The layer, and what it multiplies the gradient of x by: one number for each place of x.
APPLIED: dict[str, tuple[Layer, tuple[float, ...]]] = {
    "gradient_reversal": (lambda x: gradient_reversal(x, 0.7), (-0.7,)),
    "mul_scalar": (lambda x: mul_scalar(x, 0.7), (0.7,)),
    "shake_shake 0": (lambda x: shake_shake(x, np.ones_like(x.array), 0.4, 0.7), (0.7,)),
    "shake_shake 1": (lambda x: shake_shake(np.ones_like(x.array), x, 0.4, 0.7), (1 - 0.7,)),
    "shake_shake 01": (lambda x: shake_shake(x, x, 0.4, 0.7), (0.7, 1 - 0.7)),
}
each_layer = pytest.mark.parametrize(("layer", "factors"), APPLIED.values(), ids=APPLIED)
each_dtype = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])


def random(seed: int, dtype: Any = np.float32, shape: tuple[int, ...] = (3, 4)) -> Any:
    return np.asarray(np.random.RandomState(seed).standard_normal(shape)).astype(dtype)


def law(factors: tuple[float, ...], dy: Any, held: Any = None) -> Any:
    """What x gets: the gradient that it holds, and then the products, one after the other."""
    total = held
    for factor in factors:
        dx = product(factor, dy)
        total = dx if total is None else dx + total
    return total
