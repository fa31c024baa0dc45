"""The function shake_shake: values, gradients, what it captures and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.procedures.driver import Driver
from tests.drivers import gradients
from tests.layers import compute_type, each_dtype, normal, product

PER_IMAGE = np.array([0.1, 0.9, 0.37, 0.0]).reshape(4, 1, 1)
IMAGES = (4, 2, 3)
COEFFICIENTS: list[tuple[Any, Any]] = [
    (0.25, 0.75),
    (0.1, 1 / 3),
    (0.0, 1.0),
    (1, 0),
    (2.5, -1.5),
    (PER_IMAGE, 0.3),
    (0.3, PER_IMAGE),
    (PER_IMAGE, 1 - PER_IMAGE),
]


def check(driver: Driver, found: Any, expected: Any) -> None:
    """Equal bit by bit; but PyTorch fuses products and sums, and takes 1 - c in float32."""
    if driver.name == "torch":
        np.testing.assert_allclose(found, expected, *[4 * np.finfo(expected.dtype).eps] * 2)
        assert found.dtype == expected.dtype
    else:
        np.testing.assert_array_equal(found, expected, strict=True)


def branches(driver: Driver, shape: tuple[int, ...] = IMAGES, dtype: Any = np.float32) -> list[Any]:
    return [driver.variable(normal(shape, dtype, seed)) for seed in (0, 1)]


@each_dtype
@pytest.mark.parametrize(("alpha", "beta"), COEFFICIENTS)
def test_values_and_gradients(
    driver: Driver, package: Any, dtype: str, alpha: Any, beta: Any
) -> None:
    """1 - c is formed in float64, and all is rounded to the compute type and then to the dtype."""
    xs, dy = branches(driver, dtype=dtype), normal(IMAGES, dtype, seed=2)
    y = package.shake_shake(*xs, driver.coefficient(alpha), driver.coefficient(beta))
    wide = [driver.value(x).astype(compute_type(dtype)) for x in xs]
    mixed = (product(alpha, wide[0]) + product(1 - alpha, wide[1])).astype(dtype)
    for keep in (True, False):  # the coefficients outlive a pass that frees what it can
        for x in xs:
            driver.clear_gradient(x)
        dxs = gradients(driver, y, xs, dy, keep)
        for dx, factor in zip(dxs, (beta, 1 - beta), strict=True):
            check(driver, dx, product(factor, dy))
    y = package.shake_shake(*xs, driver.coefficient(alpha), driver.coefficient(beta))
    check(driver, driver.value(y), mixed)


@each_dtype
@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (5,)])
@pytest.mark.parametrize("alpha", [0.25, np.array(0.25), np.array([0.25])])
def test_small_shapes(
    driver: Driver, package: Any, dtype: str, shape: tuple[int, ...], alpha: Any
) -> None:
    xs = [driver.variable(np.full(shape, value, dtype)) for value in (4, 8)]
    y = package.shake_shake(*xs, driver.coefficient(alpha), 0.25)
    value = driver.value(y)
    dxs = gradients(driver, y, xs, np.full(shape, 4, dtype))
    for array, expected in zip((value, *dxs), (7, 1, 3), strict=True):
        np.testing.assert_array_equal(array, np.full(shape, expected, dtype), strict=True)


def test_gradients_that_are_there_are_added_to(driver: Driver, package: Any) -> None:
    xs, dy = branches(driver), normal(IMAGES, seed=2)
    held = [normal(IMAGES, seed=seed) for seed in (3, 4)]
    for x, before in zip(xs, held, strict=True):
        driver.set_gradient(x, before)
    y = package.shake_shake(*xs, 0.3, driver.coefficient(PER_IMAGE))
    dxs = gradients(driver, y, xs, dy)
    for dx, before, beta in zip(dxs, held, (PER_IMAGE, 1 - PER_IMAGE), strict=True):
        check(driver, dx, before + product(beta, dy))


@pytest.mark.parametrize("wanted", [(True, False), (False, True)])
def test_one_wanted_gradient(driver: Driver, package: Any, wanted: tuple[bool, bool]) -> None:
    xs = [driver.variable(normal(IMAGES), needs_grad=need) for need in wanted]
    dy = normal(IMAGES, seed=2)
    dxs = gradients(driver, package.shake_shake(*xs, 0.25, 0.375), xs, dy)
    for dx, need, beta in zip(dxs, wanted, (0.375, 0.625), strict=True):
        assert (dx is not None) == need
        if need:
            np.testing.assert_array_equal(dx, product(beta, dy))


def test_coefficients_are_captured_and_inputs_stay(driver: Driver, package: Any) -> None:
    # In the compute type: to convert them would be to copy them.
    alpha, beta = (driver.coefficient(PER_IMAGE.astype(np.float32)) for _ in range(2))
    xs, dy = branches(driver), driver.variable(normal(IMAGES, seed=2), needs_grad=False)
    y = package.shake_shake(*xs, alpha, beta)
    for coefficient in (alpha, beta):
        assert driver.change_coefficient(coefficient)
    driver.backward(y, dy)
    expected = product(PER_IMAGE, normal(IMAGES, seed=2))
    np.testing.assert_array_equal(driver.gradient(xs[0]), expected)
    for seed, variable in enumerate((*xs, dy)):
        np.testing.assert_array_equal(driver.value(variable), normal(IMAGES, seed=seed))


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 0.9), (PER_IMAGE, PER_IMAGE)])
def test_orders_with_respect_to_the_cotangent(
    driver: Driver, package: Any, alpha: Any, beta: Any
) -> None:
    """The vjp is linear in dy: its derivative mixes by beta, and that one's is the vjp again."""
    a, b, c = (normal(IMAGES, seed=seed) for seed in range(3))
    x0, x1, dy, v0, v1, w = (driver.variable(values) for values in (a, b, c, b, c, a))
    y = package.shake_shake(x0, x1, driver.coefficient(alpha), driver.coefficient(beta))
    firsts = driver.differentiate([y], [x0, x1], [dy])
    (second,) = driver.differentiate(firsts, [dy], [v0, v1])
    third = driver.differentiate([second], [v0, v1], [w])
    expected = [beta * b + (1 - beta) * c, beta * a, (1 - beta) * a]
    for variable, values in zip((second, *third), expected, strict=True):
        np.testing.assert_allclose(driver.value(variable), values, rtol=1e-5, atol=1e-6)
