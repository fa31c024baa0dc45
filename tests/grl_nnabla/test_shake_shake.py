"""Shake-Shake: in half precision, in each mode of execution, and how it draws in graphs."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import ShakeShake, shake_shake
from tests.grl_nnabla.graphs import backward, half, leaf
from tests.layers import product
from tests.layers.drawing import SHAPE, N

RNG = np.random.RandomState(0)
A, B = RNG.standard_normal((2, *SHAPE))
ALPHA, BETA = RNG.random((2, N, 1, 1, 1))


def test_half_precision_network_does_not_overflow_on_the_way() -> None:
    with half():
        x0, x1 = leaf([65504.0], np.float16), leaf([65504.0], np.float16)
        y = F.identity(shake_shake(F.identity(x0), F.identity(x1), 1.5, 0.3))
        dx0, dx1 = backward(y, [x0, x1], dy := np.array([3.0], np.float16))
    assert y.d.dtype == np.float16
    assert y.d == 65504
    np.testing.assert_array_equal(dx0, product(0.3, dy), strict=True)
    np.testing.assert_array_equal(dx1, product(1 - 0.3, dy), strict=True)


def test_modes_of_execution_agree() -> None:
    x0, x1 = leaf(A), leaf(B)
    graph = shake_shake(x0, x1, ALPHA, BETA)
    graph.forward()
    y = graph.d
    variable = nn.Variable.from_numpy_array(ALPHA)
    for alpha in (ALPHA, nn.NdArray.from_numpy_array(ALPHA), variable):
        at_once = shake_shake(x0.data, x1.data, alpha, BETA)
        assert isinstance(at_once, nn.NdArray)
        np.testing.assert_array_equal(at_once.data, y)
        assert isinstance(shake_shake(x0, x1, alpha, BETA), nn.Variable)
    with nn.auto_forward():
        np.testing.assert_array_equal(shake_shake(x0, x1, ALPHA, BETA).d, y)


Generators = pytest.mark.parametrize("generator", [None, np.random.RandomState], ids=str)


@Generators
def test_recomputation_does_not_draw_again(generator: Any) -> None:
    x0, x1 = leaf(np.ones((N, 1))), leaf(np.zeros((N, 1)))
    with nn.recompute():
        h = ShakeShake(rng=generator and generator(0))(F.add_scalar(x0, 0.0), x1)
        squares = h * h  # its gradient needs the recomputed mix
    y = F.sum(squares)
    dx0, dx1 = backward(y, [x0, x1], 1.0)
    alpha = (dx0 + dx1) / 2
    np.testing.assert_allclose(y.d, np.sum(alpha**2), rtol=1e-6)


@Generators
def test_double_backward_uses_the_same_draw(generator: Any) -> None:
    x0, x1 = leaf(np.ones(SHAPE)), leaf(np.zeros(SHAPE))
    y = ShakeShake(rng=generator and generator(0))(x0, x1)
    (g0,) = nn.grad([F.sum(y * y)], [x0])
    nn.forward_all([y, g0])
    alpha, beta = y.d.copy(), g0.d / (2 * y.d)
    x0.grad.zero()
    g0.backward()
    np.testing.assert_allclose(x0.g, 2 * beta**2, rtol=1e-5)
    assert len(np.unique(alpha)) == N


def test_variables_give_the_published_numbers() -> None:
    """From nnabla's article on PythonFunction: the last bit of 1 - beta, too."""
    x0, x1 = leaf(1), leaf(2)
    published = np.random.RandomState(1223).random(2)
    y = shake_shake(x0, x1, *(nn.Variable.from_numpy_array(np.array(c)) for c in published))
    dxs = backward(y, [x0, x1], 1.0)
    assert [y.d, *dxs] == [np.float32(c) for c in (1.4709232, 0.16335437, 0.83664566)]


def test_a_half_precision_network_draws_in_full_precision() -> None:
    """F.rand in half precision gives multiples of 2**-11, and 1 itself."""
    with half():
        y = ShakeShake()(leaf(np.ones(1000)), leaf(np.zeros(1000)))
        y.forward()
    for drawn in y.parent.inputs[2:]:
        assert (drawn.d * 2**11 % 1 != 0).any()
        assert drawn.d.max() < 1


@Generators
def test_ndarrays_are_mixed_at_once(generator: Any) -> None:
    module = ShakeShake(rng=generator and generator(0))
    ones, zeros = (nn.NdArray.from_numpy_array(np.full(SHAPE, value)) for value in (1.0, 0.0))
    first, second = (module(ones, zeros).data.copy() for _ in range(2))
    assert (first != second).all()
    assert len(np.unique(first)) == N


def test_a_network_passes_its_mode_on() -> None:
    class Network(nn.Module):
        def __init__(self) -> None:
            self.shake = ShakeShake()

    network = Network()
    assert not network.get_parameters()
    network.training = False
    x0, x1 = (nn.NdArray.from_numpy_array(np.full(3, value)) for value in (1.0, 0.0))
    np.testing.assert_array_equal(network.shake(x0, x1).data, 0.5)
