"""gradient_reversal and mul_scalar: one factor, rounded once, and how it is given."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from conformance.procedures.driver import Driver
from tests.drivers import gradients
from tests.layers import each_dtype, normal, product

# The function, its layer, what both call their number, and the sign that it gets backward.
NAMES = [
    ("gradient_reversal", "GradientReversal", "scale", -1),
    ("mul_scalar", "MulScalar", "scalar", 1),
]


class Scaling:
    """One of the two layers, in the framework of the driver."""

    def __init__(self, driver: Driver, package: Any, names: tuple[str, str, str, int]) -> None:
        function, layer, self.name, self.sign = names
        self.driver = driver
        self.function = getattr(package, function)
        self.layer = getattr(package, layer)

    def law(self, number: Any, dy: Any) -> Any:
        return product(self.sign * np.asarray(number, np.float64), dy)

    def check(self, call: Any, number: Any, dy: Any) -> None:
        """Every bit of a gradient; ``call`` is the layer with its number."""
        x = self.driver.variable(np.ones_like(dy))
        (dx,) = gradients(self.driver, call(x), [x], dy)
        expected = self.law(number, dy)
        np.testing.assert_array_equal(dx, expected, strict=True)
        is_number = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(dx)[is_number], np.signbit(expected)[is_number])

    def check_given(self, given: Any, number: Any, dy: Any) -> None:
        """The same of the function and of the layer."""
        self.check(lambda x: self.function(x, given), number, dy)
        self.check(self.layer(given), number, dy)


@pytest.fixture(params=NAMES, ids=lambda names: names[0])
def scaling(request: pytest.FixtureRequest, driver: Driver, package: Any) -> Scaling:
    return Scaling(driver, package, request.param)


@each_dtype
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (2, 3, 4, 5)])
@pytest.mark.parametrize("number", [1.0, 0.1, -1 / 3, 0.0, 1e-6, 255.3])
def test_gradient_is_exact(
    scaling: Scaling, dtype: str, shape: tuple[int, ...], number: float
) -> None:
    scaling.check_given(number, number, normal(shape, dtype))


def test_the_default_scale_is_one(driver: Driver, package: Any) -> None:
    reversal = Scaling(driver, package, NAMES[0])
    reversal.check(package.gradient_reversal, 1.0, normal((4, 3)))
    reversal.check(package.GradientReversal(), 1.0, normal((4, 3)))


@each_dtype
def test_gradient_has_every_bit_of_the_law(scaling: Scaling, dtype: str) -> None:
    """Of special values too: it overflows and underflows in silence."""
    limits = np.finfo(dtype)
    tiny = limits.smallest_subnormal
    dy = [np.nan, np.inf, -np.inf, -0.0, 0.0, tiny, -3 * tiny, limits.max, -limits.max]
    for number in (0.75, 2.0, 0.0):
        with np.errstate(all="ignore"):
            scaling.check_given(number, number, np.array(dy, dtype))


@pytest.mark.parametrize(
    "number",
    [
        2,
        2.0,
        np.int8(2),
        np.int64(2),
        np.float16(0.1),
        np.float32(0.1),
        np.float64(0.1),
        np.array(0.1),
        np.array(2),
        np.array([0.1]),
        np.array([2], np.float32),
    ],
    ids=lambda number: f"{type(number).__name__}{getattr(number, 'shape', '')}",
)
@pytest.mark.parametrize("shape", [(), (1,), (2,), (2, 3), (1, 3)])
def test_kinds_of_one_number(scaling: Scaling, number: Any, shape: tuple[int, ...]) -> None:
    for dtype in ("float16", "float32", "float64"):
        dy = np.full(shape, 5, dtype)
        value = np.asarray(number).reshape(())
        scaling.check_given(number, value, dy)
        if isinstance(number, np.ndarray):
            scaling.check_given(scaling.driver.coefficient(number), value, dy)


@each_dtype
@pytest.mark.parametrize("kind", ["float32", "float64", "int64"])
def test_one_number_per_sample(scaling: Scaling, dtype: str, kind: str) -> None:
    number = np.array([[[0.1]], [[-2]], [[0]], [[3]]]).astype(kind)
    dy = normal((4, 3, 2), dtype, seed=2)
    scaling.check_given(scaling.driver.coefficient(number), number, dy)
    y = scaling.function(scaling.driver.variable(dy), scaling.driver.coefficient(number))
    expected = dy if scaling.name == "scale" else product(number, dy)
    np.testing.assert_array_equal(scaling.driver.value(y), expected, strict=True)


def test_largest_numbers(scaling: Scaling) -> None:
    """All that the compute type holds, and nothing that rounds to infinity there."""
    one, largest = np.ones(1, np.float32), float(np.finfo(np.float32).max)
    scaling.check_given(largest, largest, one)
    with pytest.raises(ValueError, match=f"^{scaling.name} must be finite"):
        scaling.check_given(3.4028235677973366e38, 0, one)
    scaling.check_given(1e39, 1e39, np.ones(1))


@each_dtype
def test_a_gradient_that_is_there_is_added_to(scaling: Scaling, dtype: str) -> None:
    before, dy = normal((3, 4), dtype, seed=1), normal((3, 4), dtype)
    x = scaling.driver.variable(np.ones_like(dy))
    scaling.driver.set_gradient(x, before)
    (dx,) = gradients(scaling.driver, scaling.function(x, 0.3), [x], dy)
    np.testing.assert_array_equal(dx, before + scaling.law(0.3, dy), strict=True)


def test_third_order(scaling: Scaling) -> None:
    driver = scaling.driver
    x, ones = driver.variable(np.array([1, -2], np.float32)), driver.variable(np.ones(2, "f"))
    outer = scaling.function(x, 2.0)
    squared = driver.multiply(outer, outer)
    found, y = [driver.multiply(squared, squared)], driver.value(outer)
    for _ in range(3):
        found += driver.differentiate(found[-1:], [x], [ones])
    k = scaling.sign * 2.0  # every backward multiplies by k
    expected = [4 * k * y**3, 12 * k**2 * y**2, 24 * k**3 * y]
    for dx, values in zip(found[1:], expected, strict=True):
        np.testing.assert_allclose(driver.value(dx), values)


def test_four_threads(scaling: Scaling) -> None:
    layer = scaling.layer(0.1)

    def run(seed: int) -> None:
        scaling.check(layer, 0.1, normal((99,), seed=seed))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(40)))
