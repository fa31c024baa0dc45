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


@per_batch_and_per_image
def test_third_order(alpha: Any, beta: Any) -> None:
    x0, x1 = leaf(A), leaf(B)
    mix = shake_shake(x0, x1, alpha, beta)
    g0, g1 = nn.grad([F.sum(mix**4)], [x0, x1])
    (g01,) = nn.grad([F.sum(g0)], [x1])
    (g010,) = nn.grad([F.sum(g01)], [x0])
    (both,) = nn.grad([F.sum(g0) + 2 * F.sum(g1)], [x0])
    values = forward(g0, g1, g01, g010, both)
    y = alpha * A + (1 - alpha) * B
    expected = [
        4 * beta * y**3,
        4 * (1 - beta) * y**3,
        12 * beta * (1 - beta) * y**2,
        24 * beta**2 * (1 - beta) * y,
        12 * beta * (beta + 2 * (1 - beta)) * y**2,
    ]
    for value, wanted in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-4, atol=1e-5)


def test_second_order_by_backward_passes_that_accumulate() -> None:
    x0, x1 = leaf(A), leaf(B)
    mix = shake_shake(x0, x1, ALPHA, BETA)
    g0, g1 = nn.grad([F.sum(mix**3)], [x0, x1])
    dx0, dx1 = backward(F.sum(g0) + F.sum(g1 * g1), [x0, x1], 1.0)
    y = ALPHA * A + (1 - ALPHA) * B
    mixed = 6 * y * (BETA + 2 * (1 - BETA) * 3 * (1 - BETA) * y**2)
    np.testing.assert_allclose(dx0, BETA * mixed, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(dx1, (1 - BETA) * mixed, rtol=1e-4, atol=1e-5)


def test_second_order_where_two_mixes_share_a_cotangent() -> None:
    x0, x1 = leaf(A), leaf(B)
    total = F.add_n(shake_shake(x0, x1, 0.25, 0.5), shake_shake(x0, x1, 0.25, 1.5))
    (g0,) = nn.grad([F.sum(total**3)], [x0])
    (dx0,) = backward(F.sum(g0), [x0], 1.0)
    mix = 0.25 * A + 0.75 * B
    np.testing.assert_allclose(dx0, 6 * (2 * mix) * (0.5 + 1.5) ** 2, rtol=1e-4, atol=1e-5)


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
