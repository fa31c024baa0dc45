"""What is only true of gradient_reversal: it is no derivative of its forward pass."""

from __future__ import annotations

import numpy as np
import pytest
from chainer import Variable, functions, gradient_check

from grl_chainer import gradient_reversal

X = np.array([[0.5, -1.0], [2.0, 3.0]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0, 2), (3, 4)])
def test_forward_is_the_very_array(dtype: type, shape: tuple[int, ...]) -> None:
    x = Variable(np.zeros(shape, dtype))
    y = gradient_reversal(x, 0.5)
    assert y is not x
    assert y.array is x.array


def test_an_edit_in_place_reaches_x_as_with_f_identity() -> None:
    for function in (gradient_reversal, functions.identity):
        x = Variable(X.copy())
        function(x).array[0, 0] = 7
        assert x.array[0, 0] == 7


def test_gradient_check_fails_except_at_minus_one() -> None:
    """-scale * dy is the derivative of the identity only if scale is -1."""
    dy = np.ones_like(X)
    gradient_check.check_backward(lambda x: gradient_reversal(x, -1), X, dy, dtype="d")
    with pytest.raises(AssertionError, match="check_backward failed"):
        gradient_check.check_backward(lambda x: gradient_reversal(x, 0.5), X, dy, dtype="d")
