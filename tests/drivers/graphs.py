"""A driver's variables, operations and gradients. tests/mutants holds what it sees of a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.procedures.driver import Driver
from tests.drivers import DY, X, gradients

# Strides of an array of shape (2, 3, 4, 5).
LAYOUTS = {
    "contiguous": [60, 20, 5, 1],
    "transposed": [1, 8, 2, 24],
    "strided": [120, 40, 10, 2],
    "channels_last": [60, 1, 15, 3],
    "expanded": [0, 20, 5, 1],
    "offset": [60, 20, 5, 1],
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "int64"])
def test_values_keep_every_bit(driver: Driver, dtype: str) -> None:
    if dtype.startswith("int") and not driver.describe()["integer_inputs"]:
        return
    for array in (X.astype(dtype), np.array(7, dtype), np.zeros((0, 3), dtype)):
        given = array.copy()
        x = driver.variable(given, needs_grad=False)
        given[...] = 1
        value = driver.value(x)
        assert isinstance(value, np.ndarray)
        assert (value.dtype, value.shape, value.tobytes()) == (dtype, array.shape, array.tobytes())
        value[...] = 1
        assert driver.value(x).tobytes() == array.tobytes()


def test_layouts(driver: Driver) -> None:
    array = np.arange(120, dtype=np.float32).reshape(2, 3, 4, 5)
    layouts = driver.describe()["layouts"]
    assert layouts == list(LAYOUTS) or layouts == ["contiguous"]
    for layout in layouts:
        given = np.repeat(array[:1], 2, axis=0) if layout == "expanded" else array
        x = driver.variable(given, layout=layout)
        assert driver.strides(x) == LAYOUTS[layout]
        value = driver.value(x)
        assert np.array_equal(value, given)
        assert value.flags.c_contiguous
        (dx,) = gradients(driver, driver.add(x, x), [x], array)  # it is a leaf
        assert np.array_equal(dx, 2 * array)


def test_gradients_of_the_operations(driver: Driver) -> None:
    dtype = driver.describe()["dtypes"][-1]
    rtol = 1e-12 if dtype == "float64" else 1e-5
    a, b, dy = np.random.RandomState(0).standard_normal((3, 3, 3)).astype(dtype)
    for operation, value, da, db in (
        (driver.add, a + b, dy, dy),
        (driver.multiply, a * b, dy * b, dy * a),
        (driver.matmul, a @ b, dy @ b.T, a.T @ dy),
        (lambda x, _: driver.tanh(x), np.tanh(a), dy * (1 - np.tanh(a) ** 2), None),
        (lambda x, _: driver.softplus(x), np.log1p(np.exp(a)), dy / (1 + np.exp(-a)), None),
        (lambda x, _: driver.sum(x), a.sum(), np.full_like(a, 2.5), None),
    ):
        xs = [driver.variable(a), driver.variable(b)]
        y = operation(*xs)
        got = gradients(driver, y, xs, dy if np.ndim(value) else np.array(2.5, dtype))
        np.testing.assert_allclose(driver.value(y), value, rtol, atol=rtol)
        np.testing.assert_allclose(got[0], da, rtol, atol=rtol)
        assert (got[1] is None) == (db is None)
        if db is not None:
            np.testing.assert_allclose(got[1], db, rtol, atol=rtol)


def test_operations_on_half_precision_stay_there(driver: Driver, package: Any) -> None:
    x = driver.variable(X.astype(np.float16))
    y = driver.add(driver.multiply(package.gradient_reversal(x, 2.0), x), x)
    assert driver.value(y).dtype == np.float16
    (dx,) = gradients(driver, y, [x], DY.astype(np.float16))
    assert dx.dtype == np.float16


def test_value_runs_a_graph_once(driver: Driver, package: Any) -> None:
    inputs = [driver.variable(X), driver.variable(DY)]
    y = driver.apply(package.ShakeShake(), inputs, {})
    first = driver.value(y)
    gradients(driver, y, inputs)
    np.testing.assert_array_equal(driver.value(y), first)


def test_gradients_accumulate_until_they_are_cleared(driver: Driver, package: Any) -> None:
    x = driver.variable(X)
    assert driver.gradient(x) is None
    driver.set_gradient(x, 10 * DY)
    y = driver.tanh(package.gradient_reversal(x, 0.5))
    y = driver.add(y, y)
    expected = -(1 - np.tanh(X) ** 2) * DY
    (dx,) = gradients(driver, y, [x], keep=True)
    np.testing.assert_allclose(dx, 10 * DY + expected, rtol=1e-6)
    driver.clear_gradient(x)
    assert driver.gradient(x) is None
    (dx,) = gradients(driver, y, [x])
    np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-5)
