"""The driver for Chainer: what only it has, beside what all drivers do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from chainer import Function, FunctionNode, Link

from conformance.worker.chainer_driver import ChainerDriver
from grl_chainer import GradientReversal, ShakeShake, gradient_reversal
from tests.drivers import DY, X

DRIVER = ChainerDriver()


class OldStyle(Function):
    """An old-style function, which keeps its inputs and computes all gradients."""

    def forward(self, inputs: Any) -> Any:
        return (inputs[0] + inputs[1],)

    def backward(self, inputs: Any, grads: Any) -> Any:
        return 2 * grads[0], 3 * grads[0]


class Saves(FunctionNode):
    """Keeps what its name says: the input, a view of it, or the output."""

    def __init__(self, what: str) -> None:
        self.what = what

    def forward(self, inputs: Any) -> Any:
        y = inputs[0] * 2
        self.saved = {"x": inputs[0], "view": inputs[0][1:], "y": y}.get(self.what)
        if self.what == "retain_inputs":
            self.retain_inputs((0,))
        if self.what == "retain_outputs":
            self.retain_outputs((0,))
        return (y,)

    def backward(self, indexes: Any, grads: Any) -> Any:
        return (grads[0] * 2,)


class Forgets(Link):
    """Does not save its scale, and is pickled without it."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def __reduce__(self) -> Any:
        return Forgets, (0.0,)


@pytest.mark.parametrize(
    ("what", "kept"),
    [
        ("nothing", []),
        ("x", ["x0"]),
        ("view", ["x0"]),
        ("y", ["y"]),
        ("retain_inputs", ["x0"]),
        ("retain_outputs", ["y"]),
    ],
)
def test_retained_by_functions(what: str, kept: list[str]) -> None:
    assert DRIVER.retained(lambda x: Saves(what).apply((x,))[0], [X]) == kept


def test_old_style_functions_are_seen() -> None:
    assert DRIVER.retained(OldStyle(), [X, X]) == ["x0", "x1"]
    for wanted in ((True, False), (False, True)):
        assert DRIVER.computed(OldStyle(), [X, X], wanted, DY) == [True, True]


def test_coefficients_are_arrays() -> None:
    assert isinstance(DRIVER.coefficient(np.array([0.5])), np.ndarray)


def test_round_trips() -> None:
    ways = DRIVER.round_trips(GradientReversal(0.1), lambda: GradientReversal(9.0))
    assert {way: copied().scale for way, copied in ways.items()} == dict.fromkeys(
        ["deepcopy", "pickle", "npz", "copyparams"], 0.1
    )
    ways = DRIVER.round_trips(Forgets(0.1), lambda: Forgets(9.0))
    assert [copied().scale for copied in ways.values()] == [0.0, 0.0, 9.0, 9.0]


def test_derivatives_that_do_not_exist() -> None:
    x, dy = DRIVER.variable(X), DRIVER.variable(DY)
    (dx,) = DRIVER.differentiate([gradient_reversal(x, 0.5)], [x], [dy])
    assert DRIVER.differentiate([dx], [x], [DRIVER.variable(X)]) == [None]


def test_threads_in_different_modes() -> None:
    layer = ShakeShake()

    def one(training: bool) -> bool:
        x0, x1 = DRIVER.variable(X), DRIVER.variable(np.zeros_like(X))
        y = DRIVER.apply(layer, [x0, x1], {}, training)
        DRIVER.backward(y, DRIVER.variable(DY))
        half = np.array_equal(DRIVER.value(y), X / 2)
        return half is not training and DRIVER.gradient(x0) is not None

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(one, [True, False] * 40))
