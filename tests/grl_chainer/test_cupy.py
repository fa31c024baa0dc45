"""The same layers on CuPy's arrays: all stays on the GPU, and the values are NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from chainer import Variable, functions
from chainer.backends import cuda

from grl_chainer import GradientReversal, ShakeShake, gradient_reversal, mul_scalar, shake_shake
from tests.grl_chainer.layers import Layer, each_dtype, each_layer, random


def _why_not() -> str:
    """What stands in the way of a computation on a GPU; nothing, if it is empty."""
    try:
        cuda.check_cuda_available()
        (cuda.cupy.ones(1) + 1).item()
    except RuntimeError as error:  # CUDARuntimeError is one
        return " ".join(str(error).split())
    return ""


if WHY_NOT := _why_not():
    pytest.skip(f"CuPy does not compute here: {WHY_NOT}", allow_module_level=True)


@each_layer
@each_dtype
@pytest.mark.parametrize("shape", [(3, 4), (), (0, 2)])
def test_values_are_those_of_numpy(
    layer: Layer, factors: tuple[float, ...], dtype: Any, shape: tuple[int, ...]
) -> None:
    results = []
    for send in (np.asarray, cuda.cupy.asarray):
        x = Variable(send(random(0, dtype, shape)))
        y = layer(x)
        x.grad, y.grad = send(random(1, dtype, shape)), send(random(2, dtype, shape))
        y.backward()
        assert type(y.array) is type(x.grad) is type(x.array)
        results.append([cuda.to_cpu(array) for array in (y.array, x.grad)])
    for ours, expected in zip(*results, strict=True):
        np.testing.assert_array_equal(ours, expected)
        assert (ours.dtype, ours.shape) == (dtype, shape)


def test_coefficients_are_drawn_there_and_replayed() -> None:
    for link in (ShakeShake("shake-keep"), ShakeShake("shake-keep", rng=np.random.RandomState(0))):
        x0, x1 = (Variable(cuda.cupy.ones((4, 2), "f") * k) for k in (1, 0))
        y = link(x0, x1) if link.rng else functions.forget(link, x0, x1)
        functions.sum(y).backward()
        np.testing.assert_array_equal(cuda.to_cpu(x0.grad), cuda.to_cpu(y.array))


@pytest.mark.parametrize("given", [np.ones((3, 1)), "other"])
def test_numbers_on_another_device_are_refused(given: Any) -> None:
    x: Any = cuda.cupy.ones((3, 4), "f")
    if isinstance(given, str):
        x, given = np.ones((3, 4), "f"), cuda.cupy.ones((3, 1))
    for layer in (gradient_reversal, mul_scalar):
        with pytest.raises(ValueError, match=r"^scal(e|ar) must be on "):
            layer(x, given)
    with pytest.raises(ValueError, match=r"^alpha must be on "):
        shake_shake(x, x, given, 0.5)


@pytest.mark.parametrize("shape", [(), (1,)])
def test_one_number_there_is_one_number(shape: tuple[int, ...]) -> None:
    x = Variable(cuda.cupy.ones((3, 4), "f"))
    functions.sum(gradient_reversal(x, cuda.cupy.full(shape, 0.5))).backward()
    np.testing.assert_array_equal(cuda.to_cpu(x.grad), np.full((3, 4), -0.5))


def test_a_link_takes_its_numbers_along() -> None:
    link = GradientReversal(np.array([[2.0], [3.0]]))
    link.to_device("@cupy:0")
    x = Variable(cuda.cupy.ones((2, 2), "f"))
    functions.sum(link(x)).backward()
    np.testing.assert_array_equal(cuda.to_cpu(x.grad), [[-2, -2], [-3, -3]])
