"""The layer ShakeShake with a generator of NumPy, as nnabla's and Chainer's layers take it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.procedures.driver import Driver
from tests.drivers import gradients
from tests.layers.drawing import SHAPE, Measured, N


def test_both_are_drawn_together_in_every_forward_pass(driver: Driver, package: Any) -> None:
    measured = Measured(driver, package.ShakeShake(rng=np.random.RandomState(5)))
    for drawn in np.random.RandomState(5).random((3, 2, N, 1, 1, 1)):
        for values, number in zip(measured.run(), drawn, strict=True):
            np.testing.assert_array_equal(values, np.broadcast_to(number, SHAPE))


def test_published_numbers(driver: Driver, package: Any) -> None:
    """From nnabla's article on PythonFunction."""
    rng = np.random.RandomState(1223)
    xs = [driver.variable(np.array(value, np.float32)) for value in (1, 2)]
    y = driver.apply(package.ShakeShake(level="batch", rng=rng), xs, {})
    dx0, dx1 = gradients(driver, y, xs, np.array(1, np.float32))
    published = [np.float32(1.4709232), np.float32(0.16335437), np.float32(0.83664566)]
    assert [driver.value(y), dx0, dx1] == published
    # An ULP less is what float32 makes of 1 - float32(beta).
    assert np.float32(1) - dx0 == np.nextafter(dx1, np.float32(0))


def test_a_generator_of_numpy_is_taken(driver: Driver, package: Any) -> None:
    layer = package.ShakeShake(level="batch", rng=np.random.default_rng(3))
    drawn = [values.flat[0] for values in Measured(driver, layer).run()]
    assert drawn == list(np.random.default_rng(3).random(2))


def test_float32_never_rounds_a_draw_up_to_one(driver: Driver, package: Any) -> None:
    class Highest(np.random.RandomState):
        def random(self, size: Any = None) -> Any:
            return np.full(size, np.nextafter(1, 0))

    for dtype in (np.float32, np.float64):
        for values in Measured(driver, package.ShakeShake(rng=Highest()), dtype=dtype).run():
            assert values.max() < 1


def test_a_seed_is_no_generator(package: Any) -> None:
    with pytest.raises(TypeError, match=r"^rng must be a RandomState, .* or None, got int: 1223$"):
        package.ShakeShake(rng=1223)
