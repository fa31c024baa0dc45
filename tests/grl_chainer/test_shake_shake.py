"""The pure function shake_shake: values, gradients, what is kept, and its errors."""

from __future__ import annotations

from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Variable, functions, gradient_check, memory_layouts

from grl_chainer import shake_shake
from tests.grl_chainer.scaled import each_dtype, normal

PER_IMAGE = np.array([0.1, 0.9]).reshape(2, 1, 1, 1)
COEFFICIENTS: list[tuple[Any, Any]] = [
    (0.25, 0.75),
    (0.1, 1 / 3),
    (0.0, 1.0),
    (1, 0),
    (2.5, -1.5),
    (PER_IMAGE, 0.3),
]
COEFFICIENTS += [(0.3, PER_IMAGE), (PER_IMAGE, 1 - PER_IMAGE)]


def branches(shape: tuple[int, ...], dtype: Any = np.float32) -> tuple[Variable, Variable]:
    return Variable(normal(shape, dtype)), Variable(normal(shape, dtype, seed=1))


def compute_type(dtype: Any) -> Any:
    return np.float64 if dtype == np.float64 else np.float32


@each_dtype
@pytest.mark.parametrize(("alpha", "beta"), COEFFICIENTS)
def test_values_and_gradients_have_every_bit_of_the_law(dtype: Any, alpha: Any, beta: Any) -> None:
    compute = compute_type(dtype)
    x0, x1 = branches((2, 3, 4, 5), dtype)
    dy = normal((2, 3, 4, 5), dtype, seed=2)
    y = shake_shake(x0, x1, alpha, beta)
    dx0, dx1 = chainer.grad([y], [x0, x1], [Variable(dy)])

    a0, a1, b0, b1 = (np.asarray(c).astype(compute) for c in (alpha, 1 - alpha, beta, 1 - beta))
    law = (a0 * x0.array.astype(compute) + a1 * x1.array.astype(compute)).astype(dtype)
    assert y.dtype == dx0.dtype == dx1.dtype == dtype
    np.testing.assert_array_equal(y.array, law)
    np.testing.assert_array_equal(dx0.array, (b0 * dy.astype(compute)).astype(dtype))
    np.testing.assert_array_equal(dx1.array, (b1 * dy.astype(compute)).astype(dtype))


@each_dtype
@pytest.mark.parametrize("shape", [(), (0, 3), (1,)])
@pytest.mark.parametrize("alpha", [0.25, np.array(0.25), np.array([0.25])])
def test_small_shapes(dtype: Any, shape: tuple[int, ...], alpha: Any) -> None:
    x0, x1 = Variable(np.full(shape, 4, dtype)), Variable(np.full(shape, 8, dtype))
    y = shake_shake(x0, x1, alpha, 0.5)
    y.grad = np.full(shape, 6, dtype)
    y.backward()
    for array, value in ((y.array, 7), (x0.grad, 3), (x1.grad, 3)):
        assert isinstance(array, np.ndarray)
        assert (array.dtype, array.shape) == (dtype, shape)
        np.testing.assert_array_equal(array, np.full(shape, value))


def test_published_numbers() -> None:
    """From nnabla's article on PythonFunction: two draws of RandomState(1223)."""
    alpha, beta = np.random.RandomState(1223).random(2)
    assert (alpha, beta) == (0.5290767986417101, 0.16335436356818256)
    x0, x1 = Variable(np.array(1, np.float32)), Variable(np.array(2, np.float32))
    y = shake_shake(x0, x1, alpha, beta)
    y.backward()
    assert y.array == np.float32(1.4709232)
    assert x0.grad == np.float32(0.16335437)
    assert x1.grad == np.float32(0.83664566)


def test_half_precision_is_summed_in_float32() -> None:
    """In float16 every product and sum would round, and 40000 + 40000 would overflow."""
    x = np.array([40000, 65504], np.float16)
    np.testing.assert_array_equal(shake_shake(x, x, 0.5, 0.5).array, x)
    y = shake_shake(np.array([60000], np.float16), np.array([60000], np.float16), 3.0, 0.5)
    np.testing.assert_array_equal(y.array, np.array([60000], np.float16))


def test_gradient_check_fails_except_where_alpha_is_beta() -> None:
    x0, x1, dy = np.random.RandomState(0).standard_normal((3, 2, 4))
    gradient_check.check_backward(
        lambda x0, x1: shake_shake(x0, x1, 0.3, 0.3), (x0, x1), dy, dtype="d"
    )
    with pytest.raises(AssertionError, match="check_backward failed"):
        gradient_check.check_backward(
            lambda x0, x1: shake_shake(x0, x1, 0.3, 0.6), (x0, x1), dy, dtype="d"
        )


def test_derivatives_of_the_gradient() -> None:
    x0, x1 = branches((5,), np.float64)
    dy = Variable(normal((5,), np.float64, seed=2))
    y = shake_shake(x0, x1, 0.2, 0.7)
    dx0, dx1 = chainer.grad([y], [x0, x1], [dy], enable_double_backprop=True)
    (second,) = chainer.grad([dx0**3 + dx1**3], [dy], enable_double_backprop=True)
    (third,) = chainer.grad([second], [dy])
    c = 0.7**3 + (1 - 0.7) ** 3
    np.testing.assert_allclose(second.array, 3 * c * dy.array**2, rtol=1e-14)
    np.testing.assert_allclose(third.array, 6 * c * dy.array, rtol=1e-14)


def test_only_the_wanted_gradient_is_computed() -> None:
    class Multiplies(chainer.FunctionHook):
        def __init__(self) -> None:
            self.labels: list[str] = []

        def forward_preprocess(self, function: Any, in_data: Any) -> None:
            self.labels.append(function.label)

    x0, x1 = branches((3,))
    for wanted in (x0, x1):
        y = shake_shake(x0, x1, 0.2, 0.7)
        with Multiplies() as hook:
            chainer.grad([y], [wanted])
        assert hook.labels == ["_Times"]


def test_a_branch_may_be_an_array_or_given_twice() -> None:
    x0, x1 = branches((3,))
    y = shake_shake(x0, x1.array, 0.2, 0.7)
    functions.sum(y).backward()
    np.testing.assert_array_equal(x0.grad, np.full(3, 0.7, np.float32))

    x = Variable(normal((3,)))
    x.grad = np.full(3, 10, np.float32)
    functions.sum(shake_shake(x, x, 0.2, 0.75)).backward()
    np.testing.assert_array_equal(x.grad, np.full(3, 11, np.float32))


def test_coefficients_are_captured_and_inputs_stay() -> None:
    x0, x1 = branches((2, 3, 4, 5))
    alpha, beta = PER_IMAGE.astype(np.float32), PER_IMAGE.astype(np.float32)
    y = shake_shake(x0, x1, alpha, beta)
    alpha[:] = beta[:] = 7
    dy = np.ones((2, 3, 4, 5), np.float32)
    dx0, _ = chainer.grad([y], [x0, x1], [Variable(dy)])
    expected = np.broadcast_to(PER_IMAGE.astype(np.float32), dx0.shape)
    np.testing.assert_array_equal(dx0.array, expected)
    np.testing.assert_array_equal(x0.array, normal((2, 3, 4, 5)))
    np.testing.assert_array_equal(x1.array, normal((2, 3, 4, 5), seed=1))
    np.testing.assert_array_equal(dy, 1)


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
        ((THREE, FOUR, 0.5, 0.5), ValueError, r"x1 must have the shape of x0, \(3,\), got"),
        ((FOUR, FOUR[:1], 0.5, 0.5), ValueError, r"x1 must have the shape of x0, .*\(1, 3\)"),
        ((THREE, THREE.astype("d"), 0.5, 0.5), ValueError, "x1 must have the dtype of x0, float3"),
        (([1.0], THREE, 0.5, 0.5), TypeError, "x0 must be a float16, .* array, got list"),
        ((THREE, THREE.astype(int), 0.5, 0.5), TypeError, "x1 must be .*, got int64 array"),
        ((THREE, THREE, "1", 0.5), TypeError, "alpha must be a real number or an array, got str"),
        ((THREE, THREE, 0.5, True), TypeError, "beta must be a real number .*, got bool: True"),
        ((THREE, THREE, 0.5, None), TypeError, "beta must be a real number .*, got NoneType"),
        ((THREE, THREE, 0.5, THREE > 0), TypeError, "beta must hold real numbers, got bool"),
        ((THREE, THREE, 0.5, 10**400), ValueError, "beta must be finite as a float, got inf"),
        ((THREE, THREE, 1e39, 0.5), ValueError, "alpha must be finite as a float32, the compute"),
        ((THREE, THREE, 0.5, -1e39), ValueError, "beta must be finite as a float32, .*-1e"),
        ((THREE, THREE, 0.5, np.timedelta64(1)), TypeError, "beta must hold real numbers, got ti"),
        ((THREE, THREE, np.nan, 0.5), ValueError, "alpha must be finite as a float, got nan"),
        ((THREE, THREE, 0.5, np.array(np.inf)), ValueError, "beta must be finite .*, got inf"),
        ((FOUR, FOUR, THREE, 0.5), ValueError, r"alpha must have shape \(\) or \(4, 1\), one"),
        ((FOUR, FOUR, 0.5, FOUR), ValueError, r"beta must have shape .* got \(4, 3\)"),
        ((FOUR, FOUR, 0.5, np.ones((1, 1))), ValueError, r"beta must have .* got \(1, 1\)"),
        ((THREE, THREE, Variable(np.array(0.5)), 0.5), ValueError, "alpha gets no gradient here"),
    ],
)
def test_bad_input(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}"):
        shake_shake(*arguments)
