"""A gradient that is there already: the product is added to it in one array, and it stays."""

from __future__ import annotations

import tracemalloc
from contextlib import nullcontext
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Variable, function_hooks

from tests.grl_chainer.layers import APPLIED, Layer, each_dtype, each_layer, law, random


@each_layer
@each_dtype
@pytest.mark.parametrize("way", ["plain", "watched", "differentiable", "lazy"])
def test_every_bit_of_the_law(
    layer: Layer, factors: tuple[float, ...], dtype: Any, way: str
) -> None:
    """The one array, and the nodes that take its place where somebody needs them."""
    x, dy, held = Variable(random(0, dtype)), random(1, dtype), random(2, dtype)
    hook = function_hooks.TimerHook() if way == "watched" else nullcontext()
    with chainer.using_config("lazy_grad_sum", way == "lazy"), hook:
        y = layer(x)
        x.grad = held.copy()
        y.grad = dy
        y.backward(enable_double_backprop=way == "differentiable")
    if way == "lazy":  # adds in the order of the places
        expected = sum((law((factor,), dy) for factor in factors), start=held)
    else:
        expected = law(factors, dy, held)
    np.testing.assert_array_equal(x.grad, expected)
    assert x.grad.dtype == dtype
    assert x.grad_var.requires_grad


@each_layer
def test_arrays_that_chainer_shares_are_left_alone(
    layer: Layer, factors: tuple[float, ...]
) -> None:
    """``x + w`` hands one array to x and to w, before the layer adds its own part to that of x."""
    x, w, dy = Variable(random(0)), Variable(random(1)), random(2)
    z = (x + w) + layer(x)
    z.grad = dy
    z.backward()
    np.testing.assert_array_equal(x.grad, law(factors, random(2), random(2)))
    np.testing.assert_array_equal(w.grad, random(2))
    np.testing.assert_array_equal(dy, random(2))


@each_layer
def test_sum_can_be_differentiated(layer: Layer, factors: tuple[float, ...]) -> None:
    x, dy = Variable(random(0, np.float64)), Variable(random(1, np.float64))
    z = (x + 1) + layer(x)
    (dx,) = chainer.grad([z], [x], [dy], enable_double_backprop=True)
    (second,) = chainer.grad([dx**3], [dy], enable_double_backprop=True)
    (third,) = chainer.grad([second], [dy])
    c = 1 + sum(factors)
    np.testing.assert_allclose(dx.array, c * dy.array, rtol=1e-14)
    np.testing.assert_allclose(second.array, 3 * c**3 * dy.array**2, rtol=1e-14)
    np.testing.assert_allclose(third.array, 6 * c**3 * dy.array, rtol=1e-14)


@pytest.mark.parametrize("name", [name for name in APPLIED if not name.endswith("01")])
def test_takes_one_new_array(name: str) -> None:
    layer, _ = APPLIED[name]
    x = Variable(np.ones(1 << 20, np.float32))
    y = layer(x)
    x.grad, y.grad = np.ones_like(x.array), np.ones_like(x.array)
    tracemalloc.start()
    try:
        y.backward()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert x.array.nbytes <= peak < 1.1 * x.array.nbytes
