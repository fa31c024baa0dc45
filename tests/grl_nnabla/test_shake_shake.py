"""The function shake_shake: values, gradients, what it keeps, and what it refuses."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import shake_shake
from tests.grl_nnabla.graphs import backward, forward, half, leaf
from tests.layers import product

N = 4
SHAPE = (N, 2, 3)
RNG = np.random.RandomState(0)
A, B, DY = RNG.standard_normal((3, *SHAPE))
ALPHA, BETA = RNG.random((2, N, 1, 1))

per_batch_and_per_image = pytest.mark.parametrize(
    ("alpha", "beta"), [(0.3, 0.9), (ALPHA, BETA)], ids=["batch", "image"]
)


def complement(coefficient: Any, dtype: Any = np.float32) -> Any:
    """1 - c, formed in float64 and then rounded to the compute type."""
    compute = np.float64 if dtype == np.float64 else np.float32
    return np.subtract(1, coefficient).astype(compute)


def test_half_precision_network_does_not_overflow_on_the_way() -> None:
    with half():
        x0, x1 = leaf([65504.0], np.float16), leaf([65504.0], np.float16)
        y = F.identity(shake_shake(F.identity(x0), F.identity(x1), 1.5, 0.3))
        dx0, dx1 = backward(y, [x0, x1], dy := np.array([3.0], np.float16))
    assert y.d.dtype == np.float16
    assert y.d == 65504
    np.testing.assert_array_equal(dx0, product(0.3, dy), strict=True)
    np.testing.assert_array_equal(dx1, product(complement(0.3), dy), strict=True)


def test_modes_of_execution_agree() -> None:
    x0, x1 = leaf(A), leaf(B)
    (y,) = forward(shake_shake(x0, x1, ALPHA, BETA))
    variable = nn.Variable.from_numpy_array(ALPHA)
    for alpha in (ALPHA, nn.NdArray.from_numpy_array(ALPHA), variable):
        at_once = shake_shake(x0.data, x1.data, alpha, BETA)
        assert isinstance(at_once, nn.NdArray)
        np.testing.assert_array_equal(at_once.data, y)
        assert isinstance(shake_shake(x0, x1, alpha, BETA), nn.Variable)
    with nn.auto_forward():
        np.testing.assert_array_equal(shake_shake(x0, x1, ALPHA, BETA).d, y)


def nd(values: Any) -> Any:
    return nn.NdArray.from_numpy_array(values)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x0": A}, TypeError, "x0 must be an nnabla Variable or NdArray, got ndarray"),
        ({"x1": B}, TypeError, "x1 must be an nnabla Variable or NdArray, got ndarray"),
        (
            {"x0": nd(A), "x1": nd(B.astype("f"))},
            ValueError,
            "x1 must have the dtype of x0, float64, got float32",
        ),
        (
            {"alpha": np.ones(N)},
            ValueError,
            r"alpha must have shape \(\) or \(4, 1, 1\), one number per sample, got \(4,\)",
        ),
        (
            {"beta": F.identity(nn.Variable(SHAPE))},
            ValueError,
            r"beta must have shape \(\) or \(4, 1, 1\), .*, got \(4, 2, 3\)",
        ),
    ],
)
def test_refused_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    complete = {"x0": leaf(A), "x1": leaf(B), "alpha": 0.5, "beta": 0.5, **arguments}
    with pytest.raises(error, match=f"^{message}$"):
        shake_shake(**complete)
