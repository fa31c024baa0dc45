"""The pure function shake_shake: values, gradients, what is kept, and its errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from chainer import Variable, functions, memory_layouts

from grl_chainer import shake_shake
from tests.layers import normal

PER_IMAGE = np.array([0.1, 0.9]).reshape(2, 1, 1, 1)


def branches(shape: tuple[int, ...], dtype: Any = np.float32) -> tuple[Variable, Variable]:
    return Variable(normal(shape, dtype)), Variable(normal(shape, dtype, seed=1))


def test_a_branch_may_be_an_array() -> None:
    x0, x1 = branches((3,))
    y = shake_shake(x0, x1.array, 0.2, 0.7)
    functions.sum(y).backward()
    np.testing.assert_array_equal(x0.grad, np.full(3, 0.7, np.float32))


def test_memory_layouts_of_chainer() -> None:
    layout = memory_layouts.CUDNN_CHANNEL_LAST_X
    x0, x1 = branches((2, 3, 4, 5))
    expected = shake_shake(x0, x1, PER_IMAGE, PER_IMAGE)
    y = shake_shake(x0.as_layout(layout), x1.as_layout(layout), PER_IMAGE, PER_IMAGE)
    assert y.layout == layout
    np.testing.assert_array_equal(y.as_layout(None).array, expected.array)
    z = y.as_layout(None)
    z.grad = dy = normal((2, 3, 4, 5), seed=2)
    z.backward()
    np.testing.assert_array_equal(x0.grad, dy * PER_IMAGE.astype(np.float32))
    with pytest.raises(ValueError, match=r"x1 must have the layout of x0, CUDNN_.*, got None"):
        shake_shake(x0.as_layout(layout), x1, 0.5, 0.5)


THREE = np.ones(3, np.float32)
FOUR = np.ones((4, 3), np.float32)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((THREE, THREE.astype("d"), 0.5, 0.5), ValueError, "x1 must have the dtype of x0, float3"),
        (([1.0], THREE, 0.5, 0.5), TypeError, "x0 must be a float16, .* array, got list"),
        ((THREE, THREE.astype(int), 0.5, 0.5), TypeError, "x1 must be .*, got int64 array"),
        ((THREE, THREE, "1", 0.5), TypeError, "alpha must be a real number or an array, got str"),
        ((THREE, THREE, 0.5, True), TypeError, "beta must be a real number .*, got bool: True"),
        ((THREE, THREE, 1e39, 0.5), ValueError, "alpha must be finite as a float32, the compute"),
        ((THREE, THREE, np.nan, 0.5), ValueError, "alpha must be finite as a float, got nan"),
        ((FOUR, FOUR, THREE, 0.5), ValueError, r"alpha must have shape \(\) or \(4, 1\), one"),
        ((FOUR, FOUR, 0.5, FOUR), ValueError, r"beta must have shape .* got \(4, 3\)"),
        ((THREE, THREE, Variable(np.array(0.5)), 0.5), ValueError, "alpha gets no gradient here"),
    ],
)
def test_bad_input(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}"):
        shake_shake(*arguments)
