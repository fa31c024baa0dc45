"""What is only true of mul_scalar: its forward multiplies, and its backward is the derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from chainer import gradient_check
from numpy.typing import NDArray

from grl_chainer import mul_scalar


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0, 2), (3, 4)])
@pytest.mark.parametrize("scalar", [0.1, -1 / 3, 0.0, 255.3])
def test_forward_has_every_bit_of_the_law(
    dtype: type, shape: tuple[int, ...], scalar: float
) -> None:
    x: NDArray[Any] = np.asarray(np.random.RandomState(0).standard_normal(shape)).astype(dtype)
    compute = np.float64 if dtype == np.float64 else np.float32
    expected: NDArray[Any] = np.multiply(x, compute(scalar), dtype=compute).astype(dtype)
    y = mul_scalar(x, scalar).array
    assert isinstance(y, np.ndarray)
    assert (y.dtype, y.shape, y.tobytes()) == (expected.dtype, shape, expected.tobytes())
    assert not np.shares_memory(x, y)


def test_forward_per_sample() -> None:
    y = mul_scalar(np.ones((2, 3), np.float32), np.array([[2.0], [-3.0]])).array
    np.testing.assert_array_equal(y, np.array([[2, 2, 2], [-3, -3, -3]], np.float32))


@pytest.mark.parametrize("scalar", [0.7, -1.0, 0.0, np.array([[2.0], [-3.0]])])
def test_gradient_checks_pass(scalar: float) -> None:
    x, dy, ddx = np.random.RandomState(0).standard_normal((3, 2, 4))
    gradient_check.check_backward(lambda x: mul_scalar(x, scalar), x, dy, dtype="d")
    gradient_check.check_double_backward(lambda x: mul_scalar(x, scalar), x, dy, ddx, dtype="d")
