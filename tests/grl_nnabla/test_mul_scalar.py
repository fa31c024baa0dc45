"""What is only true of mul_scalar: its forward multiplies, as exactly as its backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grl_nnabla import mul_scalar
from tests.grl_nnabla.graphs import DTYPES, forward, half, leaf, rounded

VALUES = np.random.RandomState(0).standard_normal((5, 30))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scalar", [0.37, -3.0, 0.0, 1e-6])
def test_forward_is_exact(dtype: Any, scalar: float) -> None:
    x = leaf(VALUES, dtype)
    np.testing.assert_array_equal(
        forward(mul_scalar(x, scalar))[0], rounded(scalar, x.d), strict=True
    )


def test_forward_is_exact_in_a_half_precision_network() -> None:
    with half():
        x = leaf(VALUES, np.float16)
        (y,) = forward(mul_scalar(x, 0.37))
    np.testing.assert_array_equal(y, rounded(0.37, x.d), strict=True)
