"""What is only true of gradient_reversal: it is no derivative of its forward pass."""

from __future__ import annotations

import chainer
import numpy as np
import pytest
from chainer import Variable, functions, gradient_check

from grl_chainer import GradientReversal, gradient_reversal

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


def test_gradient_is_the_derivative_of_the_surrogate() -> None:
    dy = np.array([[1.0, 2.0], [-3.0, 0.5]])
    x = Variable(X)
    (dx,) = chainer.grad([gradient_reversal(x, 0.7)], [x], [Variable(dy)])
    (numerical,) = gradient_check.numerical_grad(lambda: (-0.7 * X,), (X,), (dy,))
    np.testing.assert_allclose(dx.array, numerical, rtol=1e-6)


def test_branches_that_cancel() -> None:
    """Two branches share a weight: their gradients add up, or cancel through the reversal."""
    x = np.array([[-0.2905]], np.float32)
    gradients = []
    for second in (functions.identity, GradientReversal()):
        w = chainer.Parameter(np.array([[0.5364]], np.float32))
        h = functions.linear(x, w)
        functions.sum(h + second(functions.linear(x, w))).backward()
        gradients.append(w.grad.item())
    assert gradients == [pytest.approx(2 * -0.2905), 0.0]


def test_in_a_sequential_network_under_debug_mode() -> None:
    linear = chainer.links.Linear(2, 3, initialW=np.array([[1, -1], [0.5, 2], [0.1, 0.2]]))
    network = chainer.Sequential(linear, GradientReversal(0.5), functions.tanh)
    gradients = []
    with chainer.using_config("debug", True):
        for scale in (0.5, -1):
            network[1].scale = scale
            network.cleargrads()
            functions.sum(network(X.astype(np.float32))).backward()
            gradients.append(linear.W.grad)
    np.testing.assert_array_equal(gradients[0], -0.5 * gradients[1])
    assert np.abs(gradients[0]).min() > 0
