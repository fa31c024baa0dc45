"""What is only true of gradient_reversal: it is no derivative of its forward pass."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import GradientReversal, gradient_reversal
from tests.grl_nnabla.graphs import DTYPES, backward, forward, leaf

SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -65504.0, 6e-8]


@pytest.mark.parametrize("dtype", DTYPES)
def test_forward_is_bitwise_a_copy(dtype: Any) -> None:
    x = leaf(SPECIAL, dtype)
    y = gradient_reversal(x, 0.5)
    y.forward()
    assert y.d.dtype == dtype
    assert y.d.tobytes() == x.d.tobytes()
    y.d[...] = 7
    assert x.d[5] == 1


def test_the_default_scale_is_one() -> None:
    x = leaf([1.0, 2.0])
    for y in (gradient_reversal(x), GradientReversal()(x)):
        np.testing.assert_array_equal(backward(y, [x], [3.0, -4.0]), [[-3.0, 4.0]])


def test_gradient_is_the_derivative_of_the_surrogate_and_not_of_the_forward() -> None:
    h, dy = 2.0**-6, np.array([1.0, 2.0, -3.0])
    x = leaf([0.5, -1.0, 2.0], np.float64)

    def numerical(function: Any) -> Any:
        return dy * (function(x.d + h) - function(x.d - h)) / (2 * h)

    def value(values: Any) -> Any:
        return gradient_reversal(nn.NdArray.from_numpy_array(values), 0.75).data

    (dx,) = backward(gradient_reversal(x, 0.75), [x], dy)
    np.testing.assert_allclose(dx, numerical(lambda values: -0.75 * values), rtol=1e-12)
    np.testing.assert_allclose(numerical(value) - dx, 1.75 * dy, rtol=1e-12)


def test_branches_that_cancel() -> None:
    """Two branches share a weight: their gradients add up, or cancel through the reversal."""
    x = nn.Variable.from_numpy_array(np.array([[-0.2905]], np.float32))
    w = leaf([[0.5364]])
    gradients = []
    for second in (F.identity, GradientReversal()):
        y = F.affine(x, w) + second(F.affine(x, w))
        gradients += backward(F.sum(y), [w], 1.0)
    np.testing.assert_array_equal(gradients, [[[np.float32(2 * -0.2905)]], [[0.0]]])


def test_in_a_network_the_features_learn_the_opposite() -> None:
    x, w = leaf(np.eye(2, 3)), leaf([[1.0, -1.0], [0.5, 2.0], [0.1, 0.2]])
    gradients = []
    for scale in (0.5, -1):
        y = F.tanh(gradient_reversal(F.affine(x, w), scale))
        gradients += backward(F.sum(y), [w], 1.0)
        np.testing.assert_allclose(forward(y)[0], np.tanh(x.d @ w.d), rtol=1e-6)
    np.testing.assert_array_equal(gradients[0], -0.5 * gradients[1])
    assert np.abs(gradients[0][:2]).min() > 0
