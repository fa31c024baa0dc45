"""The two layers that scale a gradient, side by side, and the arithmetic that they must do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Variable

from grl_chainer import GradientReversal, MulScalar, gradient_reversal, mul_scalar

# The function, its link, and the sign that its backward pass gives the number.
LAYERS = [(gradient_reversal, GradientReversal, -1), (mul_scalar, MulScalar, 1)]
each_layer = pytest.mark.parametrize(
    ("function", "link", "sign"), LAYERS, ids=["gradient_reversal", "mul_scalar"]
)
each_dtype = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
Function = Callable[..., Variable]


def gradient(y: Variable, x: Variable, dy: Any) -> Any:
    (dx,) = chainer.grad([y], [x], [Variable(dy)])
    return dx.array


def same_bits(a: Any, b: Any) -> bool:
    assert isinstance(a, np.ndarray)
    assert isinstance(b, np.ndarray)
    return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


def argument(link: Any) -> str:
    """What the number is called."""
    return "scale" if link is GradientReversal else "scalar"
