"""What is only true of gradient_reversal: it is no derivative of its forward pass."""

from __future__ import annotations

from typing import Any

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


def test_in_a_network_the_features_learn_the_opposite() -> None:
    x, w = leaf(np.eye(2, 3)), leaf([[1.0, -1.0], [0.5, 2.0], [0.1, 0.2]])
    gradients = []
    for scale in (0.5, -1):
        y = F.tanh(gradient_reversal(F.affine(x, w), scale))
        gradients += backward(F.sum(y), [w], 1.0)
        np.testing.assert_allclose(forward(y)[0], np.tanh(x.d @ w.d), rtol=1e-6)
    np.testing.assert_array_equal(gradients[0], -0.5 * gradients[1])
    assert np.abs(gradients[0][:2]).min() > 0
