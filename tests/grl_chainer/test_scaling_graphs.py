"""What gradient_reversal and mul_scalar share: what they capture, keep and leave in a graph."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import chainer
import numpy as np
from chainer import Variable, functions, memory_layouts

from tests.grl_chainer.scaled import Function, each_layer, gradient, law, normal, same_bits


@each_layer
def test_scale_is_captured_in_the_forward_pass(function: Function, link: Any, sign: int) -> None:
    dy = normal((3, 4))
    scale = np.full((3, 1), 0.5, np.float32)
    layer = link(2.0)
    x, z = Variable(normal((3, 4))), Variable(normal((3, 4)))
    y, w = function(x, scale), layer(z)
    scale[:] = 7
    layer.scale = layer.scalar = 7
    assert same_bits(gradient(y, x, dy), law(sign * 0.5, dy))
    assert same_bits(gradient(w, z, dy), law(sign * 2.0, dy))
    assert same_bits(gradient(layer(z), z, dy), law(sign * 7, dy))


@each_layer
def test_derivatives_of_the_gradient(function: Function, link: Any, sign: int) -> None:
    x, dy = Variable(normal((5,), np.float64)), Variable(normal((5,), np.float64, seed=1))
    y = function(x, 0.3)
    (dx,) = chainer.grad([y], [x], [dy], enable_double_backprop=True)
    (second,) = chainer.grad([dx**3], [dy], enable_double_backprop=True)
    (third,) = chainer.grad([second], [dy], enable_double_backprop=True)
    c = sign * 0.3
    np.testing.assert_allclose(second.array, 3 * c**3 * dy.array**2, rtol=1e-14)
    np.testing.assert_allclose(third.array, 6 * c**3 * dy.array, rtol=1e-14)


@each_layer
def test_gradients_accumulate(function: Function, link: Any, sign: int) -> None:
    x = Variable(np.array([1.0, 2.0], np.float32))
    x.grad = np.array([10.0, 20.0], np.float32)
    y, z = function(x, 2.0), function(x, 4.0)
    functions.sum(y + x + z * np.array([3, 5], np.float32)).backward()
    expected = np.array([10, 20]) + sign * 2 + 1 + sign * 4 * np.array([3, 5])
    np.testing.assert_array_equal(x.grad, expected.astype(np.float32))


@each_layer
def test_does_not_write_to_its_inputs(function: Function, link: Any, sign: int) -> None:
    x, dy = Variable(normal((3, 4))), normal((3, 4), seed=1)
    scale = np.array([[1.0], [2.0], [3.0]])
    y = function(x, scale)
    gradient(y, x, dy)
    assert same_bits(x.array, normal((3, 4)))
    assert same_bits(dy, normal((3, 4), seed=1))
    assert same_bits(scale, np.array([[1.0], [2.0], [3.0]]))


@each_layer
def test_keeps_no_array_for_the_backward_pass(function: Function, link: Any, sign: int) -> None:
    x = Variable(normal((3,)))
    h = x + 1
    y = function(h, 2.0)
    kept = [weakref.ref(h.array), weakref.ref(y.array)]
    total = functions.sum(y)
    del h, y
    gc.collect()
    assert [array() for array in kept] == [None, None]
    total.backward()
    np.testing.assert_array_equal(x.grad, np.full(3, sign * 2, np.float32))


@each_layer
def test_no_backprop_mode_keeps_no_graph(function: Function, link: Any, sign: int) -> None:
    with chainer.no_backprop_mode():
        assert function(Variable(normal((3,))), 2.0).creator is None
        with chainer.force_backprop_mode():
            assert function(Variable(normal((3,))), 2.0).creator is not None


@each_layer
def test_memory_layouts_of_chainer(function: Function, link: Any, sign: int) -> None:
    layout = memory_layouts.CUDNN_CHANNEL_LAST_X
    x = Variable(normal((2, 3, 4, 5)))
    y = function(x.as_layout(layout), np.array([2.0, 3.0]).reshape(2, 1, 1, 1))
    assert (y.layout, y.shape) == (layout, x.shape)
    dy = normal((2, 3, 4, 5), seed=1)
    z = y.as_layout(None)
    z.grad = dy
    z.backward()
    assert same_bits(x.grad, law(sign * np.array([2.0, 3.0]).reshape(2, 1, 1, 1), dy))


@each_layer
def test_strides_are_kept(function: Function, link: Any, sign: int) -> None:
    x = Variable(np.asfortranarray(normal((3, 4))))
    y = function(x, 2.0)
    assert y.array.strides == x.array.strides
    every_second = Variable(normal((6, 8))[::2, ::-2])
    dy = normal((6, 8), seed=1)[::2, ::-2]
    dx = gradient(function(every_second, 2.0), every_second, dy)
    np.testing.assert_array_equal(dx, sign * 2 * dy)


@each_layer
def test_four_threads(function: Function, link: Any, sign: int) -> None:
    layer = link(0.1)

    def run(seed: int) -> bool:
        x, dy = Variable(normal((99,), seed=seed)), normal((99,), seed=seed + 50)
        return same_bits(gradient(layer(x), x, dy), law(sign * 0.1, dy))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(run, range(40)))
