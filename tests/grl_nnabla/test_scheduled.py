"""A scale that is a Variable follows a schedule in one graph; each forward pass captures it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import GradientReversal, MulScalar, gradient_reversal, mul_scalar, shake_shake
from tests.grl_nnabla.graphs import DTYPES, backward, forward_or_first_cause, leaf
from tests.grl_nnabla.layers import every_factor
from tests.layers import product

LAYERS = [(gradient_reversal, GradientReversal, -1), (mul_scalar, MulScalar, 1)]
SCHEDULE = [0.37, 0.0, 1.0, -2.5]
LATER = 99.0

layers = pytest.mark.parametrize(
    ("layer", "module", "sign"), LAYERS, ids=[layer.__name__ for layer, _, _ in LAYERS]
)
Layer = Callable[..., Any]


def constant(values: Any, dtype: Any = np.float32) -> Any:
    return nn.Variable.from_numpy_array(np.array(values, dtype))


@layers
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("as_module", [False, True])
def test_backward_follows(
    layer: Layer, module: Any, sign: int, dtype: Any, as_module: bool
) -> None:
    scale, dy = constant(1), np.random.RandomState(0).standard_normal(30).astype(dtype)
    x = leaf(np.ones(30), dtype)
    y = module(scale)(x) if as_module else layer(x, scale)
    for value in SCHEDULE:
        scale.d = value
        y.forward(clear_no_need_grad=True)
        for _ in range(2):
            scale.d = LATER
            x.grad.zero()
            y.backward(nn.NdArray.from_numpy_array(dy))
            np.testing.assert_array_equal(x.g, product(sign * np.float32(value), dy), strict=True)


@layers
def test_grad_follows(layer: Layer, module: Any, sign: int) -> None:
    """And derivatives of it, whose backward pass comes after a change, too."""
    scale, x = constant(1), leaf([1.0, -2.0])
    y = layer(x, scale)
    (first,) = nn.grad([F.sum(y**3)], [x])
    (second,) = nn.grad([F.sum(first**2)], [x])
    for value in (0.5, 2.0, -1.0):
        scale.d = value
        nn.forward_all([first, second], clear_no_need_grad=True)
        scale.d = LATER
        k, c = sign * value, value if layer is mul_scalar else 1.0
        np.testing.assert_allclose(first.d, 3 * k * (c * x.d) ** 2, rtol=1e-6)
        # first is 3 k y**2, so the derivative of its square goes back through y once more.
        np.testing.assert_allclose(second.d, 36 * k**3 * (c * x.d) ** 3, rtol=1e-6)
        x.grad.zero()
        second.backward()
        np.testing.assert_allclose(x.g, 108 * k**4 * (c * x.d) ** 2, rtol=1e-5)


@layers
def test_a_later_grad_of_a_pass_that_ran_uses_its_scale(
    layer: Layer, module: Any, sign: int
) -> None:
    scale, x = constant(0.5), leaf([1.0, -2.0])
    with nn.auto_forward():
        y = F.sum(layer(x, scale))
        scale.d = LATER
        (dx,) = nn.grad([y], [x])
        np.testing.assert_array_equal(dx.d, np.full(2, sign * 0.5))


@layers
def test_recomputation_uses_the_scale_of_the_forward_pass(
    layer: Layer, module: Any, sign: int
) -> None:
    scale, x = constant(0.5), leaf([1.0, -2.0])
    with nn.recompute():
        y = layer(F.add_scalar(x, 0.0), scale)
        squares = y * y  # their gradient needs y, which was cleared
    total = F.sum(squares)
    for value in (0.5, 2.0):
        scale.d = value
        total.forward(clear_no_need_grad=True)
        assert y.data.clear_called
        scale.d = LATER
        x.grad.zero()
        total.backward(clear_buffer=True)
        c = value if layer is mul_scalar else 1.0
        np.testing.assert_array_equal(x.g, 2 * c * x.d * sign * value)


@layers
def test_one_scale_per_sample_and_a_computed_one(layer: Layer, module: Any, sign: int) -> None:
    scale, x = constant([[1.0], [1.0]]), leaf(np.ones((2, 3)))
    y = layer(x, F.mul_scalar(scale, 2.0))
    for values in ([[0.25], [0.5]], [[3.0], [-1.0]]):
        scale.d = values
        (dx,) = backward(y, [x], np.ones((2, 3), np.float32))
        np.testing.assert_array_equal(dx, np.broadcast_to(2.0 * sign * scale.d, (2, 3)))


@layers
@pytest.mark.parametrize("as_module", [False, True])
def test_a_graph_is_built_first_and_its_scale_filled_later(
    layer: Layer, module: Any, sign: int, as_module: bool
) -> None:
    scale, x = nn.Variable(()), leaf([1.0, -2.0])
    y = module(scale)(x) if as_module else layer(x, scale)
    for value in SCHEDULE:
        scale.d = value
        (dx,) = backward(y, [x], [3.0, 1.0])
        np.testing.assert_array_equal(dx, product(sign * value, np.array([3, 1], np.float32)))


@every_factor
@pytest.mark.parametrize("computed", [False, True])
def test_each_forward_pass_checks_what_is_set(name: str, layer: Layer, computed: bool) -> None:
    variable = nn.Variable(())
    y = layer(leaf([1.0]), F.log(variable) if computed else variable)
    if not computed:  # else nnabla reads zeros, and the factor is what comes of them
        with pytest.raises(ValueError, match=f"^{name} has no value yet: set it, .*$"):
            forward_or_first_cause(y)
    for value, good in ((1.0, True), (-1.0 if computed else np.nan, False), (2.0, True)):
        variable.d = value
        if good:
            y.forward()
        else:
            with pytest.raises(ValueError, match=rf"^{name} must be finite, got nan$"):
                forward_or_first_cause(y)


@layers
def test_float64_is_followed_in_float64(layer: Layer, module: Any, sign: int) -> None:
    """nnabla's own functions would make float32 of it."""
    scale, dy = constant(1, np.float64), np.random.RandomState(0).standard_normal(30)
    y = layer(x := leaf(np.ones(30), np.float64), scale)
    scale.data.data = np.array(0.37)
    np.testing.assert_array_equal(backward(y, [x], dy)[0], sign * 0.37 * dy, strict=True)


@layers
def test_at_once_its_present_value_is_taken(layer: Layer, module: Any, sign: int) -> None:
    y = layer(leaf([4.0]).data, constant(0.5))
    assert y.data == [2.0 if layer is mul_scalar else 4.0]


def test_coefficients_of_shake_shake_are_captured_too() -> None:
    alpha, beta, x0, x1 = constant(0.5), constant(0.5), leaf([1.0]), leaf([2.0])
    y = shake_shake(x0, x1, alpha, F.mul_scalar(beta, 0.5))
    for a, b in ((0.25, 0.5), (0.75, 1.0)):
        alpha.d, beta.d = a, b
        y.forward(clear_no_need_grad=True)
        alpha.d = beta.d = LATER
        for x in (x0, x1):
            x.grad.zero()
        y.backward()
        assert [y.d, x0.g, x1.g] == [2 - a, 0.5 * b, 1 - 0.5 * b]
