"""What gradient_reversal and mul_scalar share: what they capture, keep and leave in a graph."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from chainer import Variable, memory_layouts

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
def test_four_threads(function: Function, link: Any, sign: int) -> None:
    layer = link(0.1)

    def run(seed: int) -> bool:
        x, dy = Variable(normal((99,), seed=seed)), normal((99,), seed=seed + 50)
        return same_bits(gradient(layer(x), x, dy), law(sign * 0.1, dy))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(run, range(40)))
