"""The conformance suite's driver for Chainer: it sees wrong layers, and is fair to right ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from chainer import Function, FunctionNode, Link, Variable

from conformance.worker.chainer_driver import ChainerDriver
from grl_chainer import GradientReversal, ShakeShake, gradient_reversal, shake_shake

DRIVER = ChainerDriver()
X = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], np.float32)
DY = np.array([[2.0, 1.0, -1.0], [3.0, 0.25, 5.0]], np.float32)


class Mixed(FunctionNode):
    """x0 + x1 with weights 2 and 3 backward, and the gradients that it was asked for."""

    def __init__(self, *coefficients: float) -> None:
        self.coefficients = coefficients

    def forward(self, inputs: Any) -> Any:
        return (inputs[0] + inputs[1],)

    def backward(self, indexes: Any, grads: Any) -> Any:
        return tuple((2 * grads[0], 3 * grads[0])[i] for i in indexes)


class MixedAlways(Mixed):
    """Computes both gradients, whichever are wanted."""

    def backward(self, indexes: Any, grads: Any) -> Any:
        return 2 * grads[0], 3 * grads[0]


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


def mixed(x0: Variable, x1: Variable) -> Variable:
    return Mixed().apply((x0, x1))[0]


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
def test_retained(what: str, kept: list[str]) -> None:
    assert DRIVER.retained(lambda x: Saves(what).apply((x,))[0], [X]) == kept


def test_retained_by_layers() -> None:
    assert DRIVER.retained(gradient_reversal, [X]) == []
    assert DRIVER.retained(lambda x0, x1: shake_shake(x0, x1, 0.3, 0.6), [X, X]) == []
    assert DRIVER.retained(OldStyle(), [X, X]) == ["x0", "x1"]
    assert DRIVER.retained(DRIVER.multiply, [X, X]) == ["x0", "x1"]


@pytest.mark.parametrize("wanted", [(True, False), (False, True), (True, True)])
def test_computed(wanted: tuple[bool, bool]) -> None:
    def always(*x: Variable) -> Variable:
        return MixedAlways().apply(x)[0]

    def inside(x0: Variable, x1: Variable) -> Variable:
        return DRIVER.tanh(always(x0, x1))

    for right in (mixed, DRIVER.multiply):
        assert DRIVER.computed(right, [X, X], wanted, DY) == list(wanted)
    for wrong in (always, inside, OldStyle()):
        assert DRIVER.computed(wrong, [X, X], wanted, DY) == [True, True]


def test_subjects_of_every_form() -> None:
    x0, x1 = DRIVER.variable(X), DRIVER.variable(DY)
    for subject in (MixedAlways, OldStyle):
        function = DRIVER.as_function(subject, "shake_shake")
        assert function is not None
        coefficients = (0.5, 0.5) if subject is MixedAlways else ()
        np.testing.assert_array_equal(DRIVER.value(function(x0, x1, *coefficients)), X + DY)
    reversal = DRIVER.as_function(gradient_reversal, "gradient_reversal")
    assert reversal is gradient_reversal
    saves = DRIVER.as_function(Saves, "mul_scalar")
    assert saves is not None
    np.testing.assert_array_equal(DRIVER.value(saves(x0, "nothing")), 2 * X)
    assert DRIVER.as_function(GradientReversal, "gradient_reversal") is None


def test_layers_are_called_in_their_mode_with_what_is_injected() -> None:
    x0, x1 = DRIVER.variable(X), DRIVER.variable(np.zeros_like(X))
    layer = ShakeShake("shake-even", "batch")
    DRIVER.seed(11)
    trained = DRIVER.value(DRIVER.apply(layer, [x0, x1], {}))
    expected = np.random.RandomState(11).random()
    np.testing.assert_array_equal(trained, np.float32(expected) * X)
    evaluated = DRIVER.apply(layer, [x0, x1], {}, training=False)
    np.testing.assert_array_equal(DRIVER.value(evaluated), X / 2)
    injected = DRIVER.apply(layer, [x0, x1], {"alpha": 0.25})
    np.testing.assert_array_equal(DRIVER.value(injected), X / 4)


def test_coefficients() -> None:
    given = np.array([[0.5], [2.0]])
    passed = DRIVER.coefficient(given)
    assert DRIVER.change_coefficient(passed)
    np.testing.assert_array_equal(passed, [[7], [7]])
    np.testing.assert_array_equal(given, [[0.5], [2]])
    for number in (0.5, np.float32(0.5), 1):
        assert DRIVER.coefficient(number) is number
        assert not DRIVER.change_coefficient(number)


def test_round_trips() -> None:
    copies = DRIVER.round_trips(GradientReversal(0.1), lambda: GradientReversal(9.0))
    assert {way: copied.scale for way, copied in copies.items()} == dict.fromkeys(
        ["deepcopy", "pickle", "npz", "copyparams"], 0.1
    )
    copies = DRIVER.round_trips(Forgets(0.1), lambda: Forgets(9.0))
    assert [copied.scale for copied in copies.values()] == [0.0, 0.0, 9.0, 9.0]


def test_four_threads() -> None:
    layer = ShakeShake()

    def one(training: bool) -> bool:
        x0, x1 = DRIVER.variable(X), DRIVER.variable(np.zeros_like(X))
        y = DRIVER.apply(layer, [x0, x1], {}, training)
        DRIVER.backward(y, DRIVER.variable(DY))
        half = np.array_equal(DRIVER.value(y), X / 2)
        return half is not training and DRIVER.gradient(x0) is not None

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(one, [True, False] * 40))


def test_errors_of_a_layer_come_out_as_they_are() -> None:
    with pytest.raises(ValueError, match=r"^x1 must have the shape of x0"):
        DRIVER.apply(ShakeShake(), [DRIVER.variable(X), DRIVER.variable(X[:1])], {})
