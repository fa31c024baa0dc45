"""The layer ShakeShake: what it draws and when, from the default generator or from its own."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from conformance.procedures.driver import Driver
from tests.drivers import gradients
from tests.layers import Unprintable, each_dtype, own_generator

N = 4
SHAPE = (N, 2, 3, 3)


class Measured:
    """A layer whose alpha and beta show: on x0 = 1 and x1 = 0 the mix is alpha."""

    def __init__(
        self,
        driver: Driver,
        layer: Any,
        shape: tuple[int, ...] = SHAPE,
        dtype: Any = np.float64,
        training: bool = True,
        **given: Any,
    ) -> None:
        self.driver = driver
        self.xs = [driver.variable(values(shape, dtype)) for values in (np.ones, np.zeros)]
        self.dy = np.ones(shape, dtype)
        self.layer, self.given, self.training = layer, given, training
        self.y: Any = None

    def run(self) -> tuple[Any, Any]:
        """alpha and beta of one pass, element by element: over one graph where it is static."""
        if self.y is None or not self.driver.describe()["static_graph"]:
            self.y = self.driver.apply(self.layer, self.xs, self.given, self.training)
        else:
            self.driver.run_again(self.y)
        for x in self.xs:
            self.driver.clear_gradient(x)
        dx0, dx1 = gradients(self.driver, self.y, self.xs, self.dy)
        np.testing.assert_array_equal(dx1, 1 - dx0)
        return self.driver.value(self.y), dx0


@pytest.mark.parametrize("shape", [(), (N,), (N, 3)])
def test_few_axes(driver: Driver, package: Any, shape: tuple[int, ...]) -> None:
    for values in Measured(driver, package.ShakeShake(), shape).run():
        assert values.shape == shape
        assert len(np.unique(values)) == (N if shape else 1)


@each_dtype
def test_eval_is_half_each_way_and_draws_nothing(driver: Driver, package: Any, dtype: str) -> None:
    layer = package.ShakeShake(**own_generator(package))
    for values in Measured(driver, layer, dtype=dtype, training=False).run():
        np.testing.assert_array_equal(values, 0.5)
    largest = np.full(3, np.finfo(dtype).max, dtype)
    xs = [driver.variable(largest) for _ in range(2)]
    y = driver.apply(layer, xs, {}, training=False)
    np.testing.assert_array_equal(driver.value(y), largest)
    fresh = package.ShakeShake(**own_generator(package))
    for a, b in zip(Measured(driver, layer).run(), Measured(driver, fresh).run(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("training", [True, False])
def test_given_coefficients_take_the_place_of_the_drawn_ones(
    driver: Driver, package: Any, training: bool
) -> None:
    layer = package.ShakeShake(**own_generator(package))
    beta = driver.coefficient(np.full((N, 1, 1, 1), 0.75))
    for values, given in zip(
        Measured(driver, layer, training=training, alpha=0.125, beta=beta).run(),
        (0.125, 0.75),
        strict=True,
    ):
        np.testing.assert_array_equal(values, given)
    drawn, given = Measured(driver, layer, training=training, beta=0.75).run()
    assert len(np.unique(drawn)) == (N if training else 1)
    np.testing.assert_array_equal(given, 0.75)


def test_pickle_saves_the_state_of_the_generator(driver: Driver, package: Any) -> None:
    copies: list[Any] = [lambda layer: pickle.loads(pickle.dumps(layer))]
    if package.__name__ != "grl_chainer":  # whose copies share the generator
        copies.append(copy.deepcopy)
    for clone in copies:
        layer = package.ShakeShake("shake-even", "batch", **own_generator(package))
        Measured(driver, layer).run()
        cloned = clone(layer)
        assert str(cloned).replace("'", "") == "ShakeShake(mode=shake-even, level=batch)"
        for a, b in zip(Measured(driver, layer).run(), Measured(driver, cloned).run(), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("own", [False, True])
def test_threads_draw_numbers_of_their_own(driver: Driver, package: Any, own: bool) -> None:
    layer = package.ShakeShake(**(own_generator(package) if own else {}))

    def run(_: int) -> int:
        return len(np.unique(Measured(driver, layer, (999,)).run()))

    # nnabla's own generator draws float32: six or more equal ones of 1998 have a probability of
    # 4e-9 a run, while threads that shared their numbers would make hundreds equal.
    fewest = 2 * 999 if own else 2 * 999 - 5
    with ThreadPoolExecutor(4) as pool:
        assert min(pool.map(run, range(40))) >= fewest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"mode": "shake"},
            "mode must be one of shake-shake, shake-even, shake-keep, even-shake, even-even, "
            "got 'shake'",
        ),
        ({"mode": None}, "mode must be one of shake-shake, .*, got None"),
        ({"mode": Unprintable()}, "mode must be one of .*, got an object that cannot be shown"),
        ({"level": "pixel"}, "level must be one of image, batch, got 'pixel'"),
        ({"level": ["image"]}, r"level must be one of image, batch, got \['image'\]"),
    ],
)
def test_bad_arguments(package: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        package.ShakeShake(**arguments)


@pytest.mark.parametrize("own", [False, True])
def test_bad_branches_are_refused_before_a_draw(driver: Driver, package: Any, own: bool) -> None:
    layer, fresh = (package.ShakeShake(**(own_generator(package) if own else {})) for _ in range(2))
    driver.seed(1)
    inputs = [driver.variable(np.ones(shape, np.float32)) for shape in ((2, 3), (1, 3))]
    with pytest.raises(ValueError, match=r"^x1 must have the shape of x0"):
        driver.apply(layer, inputs, {})
    with pytest.raises(TypeError, match=r"^x0 must be an? .*, got NoneType$"):
        driver.apply(layer, [None, inputs[0]], {})
    after = Measured(driver, layer).run()
    driver.seed(1)
    for a, b in zip(after, Measured(driver, fresh).run(), strict=True):
        np.testing.assert_array_equal(a, b)
