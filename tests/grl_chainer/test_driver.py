"""The conformance suite's driver for Chainer: variables, operations and gradients."""

from __future__ import annotations

from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Variable
from chainer.backends import cuda

from conformance.worker.chainer_driver import ChainerDriver
from grl_chainer import gradient_reversal, mul_scalar

DRIVER = ChainerDriver()
X = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], np.float32)
DY = np.array([[2.0, 1.0, -1.0], [3.0, 0.25, 5.0]], np.float32)


def run(y: Variable, dy: Any = DY, keep: bool = False) -> None:
    DRIVER.backward(y, DRIVER.variable(dy, needs_grad=False), keep)


def test_describes_what_this_machine_runs() -> None:
    facts = DRIVER.describe()
    assert facts["version"] == chainer.__version__
    assert not facts["forward_mode"]
    assert DRIVER.is_usable() is None
    on_gpu = ChainerDriver("cuda").is_usable()
    assert cuda.available or "CUDA environment is not correctly set up" in str(on_gpu)
    for dtype in facts["dtypes"]:
        x = DRIVER.variable(X.astype(dtype))
        run(DRIVER.tanh(x), DY.astype(dtype))
        assert DRIVER.gradient(x).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
def test_values_come_back_as_copies_with_every_bit(dtype: Any) -> None:
    for array in (X.astype(dtype), np.array(7, dtype), np.zeros((0, 3), dtype)):
        x = DRIVER.variable(array)
        value = DRIVER.value(x)
        assert isinstance(value, np.ndarray)
        assert (value.dtype, value.shape, value.tobytes()) == (dtype, array.shape, array.tobytes())
        assert not np.shares_memory(value, x.array)
        assert not np.shares_memory(array, x.array)


def test_layouts() -> None:
    array = np.arange(120, dtype=np.float32).reshape(2, 3, 4, 5)
    strides = {
        "contiguous": [60, 20, 5, 1],
        "transposed": [1, 8, 2, 24],
        "strided": [120, 40, 10, 2],
        "channels_last": [60, 1, 15, 3],
        "expanded": [0, 20, 5, 1],
    }
    assert list(strides) == DRIVER.describe()["layouts"]
    for layout, expected in strides.items():
        given = np.repeat(array[:1], 2, axis=0) if layout == "expanded" else array
        x = DRIVER.variable(given, layout=layout)
        assert DRIVER.strides(x) == expected
        np.testing.assert_array_equal(DRIVER.value(x), given)
        assert DRIVER.value(x).flags.c_contiguous


def test_gradients_of_the_operations() -> None:
    a, b = np.random.RandomState(0).standard_normal((2, 3, 3))
    dy = np.random.RandomState(1).standard_normal((3, 3))
    sigmoid = 1 / (1 + np.exp(-a))
    for operation, value, da, db in (
        (DRIVER.add, a + b, dy, dy),
        (DRIVER.multiply, a * b, dy * b, dy * a),
        (DRIVER.matmul, a @ b, dy @ b.T, a.T @ dy),
        (lambda x, _: DRIVER.tanh(x), np.tanh(a), dy * (1 - np.tanh(a) ** 2), None),
        (lambda x, _: DRIVER.softplus(x), np.log(1 + np.exp(a)), dy * sigmoid, None),
        (lambda x, _: DRIVER.sum(x), a.sum(), 2.5 * np.ones_like(a), None),
    ):
        x0, x1 = DRIVER.variable(a), DRIVER.variable(b)
        y = operation(x0, x1)
        np.testing.assert_allclose(DRIVER.value(y), value, rtol=1e-13)
        run(y, dy if y.ndim else np.array(2.5))
        np.testing.assert_allclose(DRIVER.gradient(x0), da, rtol=1e-13)
        if db is None:
            assert DRIVER.gradient(x1) is None
        else:
            np.testing.assert_allclose(DRIVER.gradient(x1), db, rtol=1e-13)


def test_fan_out_and_existing_gradients_accumulate() -> None:
    x = DRIVER.variable(X)
    DRIVER.set_gradient(x, 10 * DY)
    y = gradient_reversal(x, 0.5)
    run(DRIVER.add(DRIVER.add(y, y), x))
    np.testing.assert_array_equal(DRIVER.gradient(x), 10 * DY - DY + DY)


def test_two_backward_passes_over_one_graph() -> None:
    x, dy = DRIVER.variable(X), DRIVER.variable(DY, needs_grad=False)
    y = mul_scalar(DRIVER.tanh(x), 0.3)
    DRIVER.backward(y, dy, keep=True)
    first = DRIVER.gradient(x)
    DRIVER.clear_gradient(x)
    assert DRIVER.gradient(x) is None
    DRIVER.backward(y, dy)
    np.testing.assert_array_equal(DRIVER.gradient(x), first)
    np.testing.assert_array_equal(DRIVER.value(dy), DY)


def test_derivatives_of_derivatives() -> None:
    x, dy = DRIVER.variable(X), DRIVER.variable(DY)
    v, w = DRIVER.variable(X), DRIVER.variable(DY)
    (dx,) = DRIVER.differentiate([gradient_reversal(x, 0.5)], [x], [dy])
    (second,) = DRIVER.differentiate([dx], [dy], [v])
    (third,) = DRIVER.differentiate([second], [v], [w])
    np.testing.assert_array_equal(DRIVER.value(second), -0.5 * X)
    np.testing.assert_array_equal(DRIVER.value(third), -0.5 * DY)
    assert DRIVER.differentiate([dx], [x], [v]) == [None]


def test_no_grad_mode() -> None:
    with DRIVER.no_grad():
        assert not DRIVER.has_graph(gradient_reversal(DRIVER.variable(X)))
    assert DRIVER.has_graph(gradient_reversal(DRIVER.variable(X)))
    assert not DRIVER.has_graph(gradient_reversal(DRIVER.variable(X, needs_grad=False)))


def test_shared_memory() -> None:
    x = DRIVER.variable(X)
    assert DRIVER.shares_memory(gradient_reversal(x), x)
    assert not DRIVER.shares_memory(mul_scalar(x, 1.0), x)
