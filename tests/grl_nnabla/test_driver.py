"""The suite's driver for nnabla: its operations, and what it sees of right and of wrong layers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from conformance.procedures.driver import Driver
from conformance.worker.nnabla_driver import NnablaDriver
from grl_nnabla import GradientReversal, ShakeShake, gradient_reversal, shake_shake
from tests.mutants.nnabla_accumulation import StaleRemainder
from tests.mutants.nnabla_reversal import (
    CotangentEdited,
    InputRetained,
    InputSaved,
    graph_always_kept,
)
from tests.mutants.nnabla_right import ManualReversal, Reversal
from tests.mutants.nnabla_shake import BothGradientsComputed

DRIVER: Driver = NnablaDriver()
A, B, DY = np.random.RandomState(0).standard_normal((3, 2, 3)).astype(np.float32)


def gradients(y: Any, xs: list[Any], dy: Any = DY) -> list[Any]:
    DRIVER.backward(y, DRIVER.variable(dy, needs_grad=False))
    return [DRIVER.gradient(x) for x in xs]


def test_the_dtypes_are_those_that_nnablas_own_functions_compute_in() -> None:
    for dtype in (np.float16, np.float32, np.float64):
        x = DRIVER.variable(A.astype(dtype))
        y = DRIVER.tanh(x)
        (dx,) = gradients(y, [x], DY.astype(dtype))
        computes = DRIVER.value(y).dtype == dx.dtype == dtype
        assert computes == (np.dtype(dtype).name in DRIVER.describe()["dtypes"])


def test_there_is_no_gpu_here_or_it_works() -> None:
    assert DRIVER.is_usable() is None
    reason = NnablaDriver("cuda").is_usable()
    assert reason is None or "cudnn" in reason or "cuda" in reason.lower()


@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [
        ("add", A + B, [np.ones_like(A), np.ones_like(B)]),
        ("multiply", A * B, [B, A]),
        ("tanh", np.tanh(A), [1 - np.tanh(A) ** 2]),
        ("softplus", np.log1p(np.exp(A)), [1 / (1 + np.exp(-A))]),
    ],
)
def test_elementwise_operations(name: str, values: Any, slopes: list[Any]) -> None:
    xs = [DRIVER.variable(array) for array in (A, B)[: len(slopes)]]
    y = getattr(DRIVER, name)(*xs)
    np.testing.assert_allclose(DRIVER.value(y), values, rtol=1e-5, atol=1e-6)
    for dx, slope in zip(gradients(y, xs), slopes, strict=True):
        np.testing.assert_allclose(dx, slope * DY, rtol=1e-5, atol=1e-6)


def test_matmul_and_sum() -> None:
    a, b = DRIVER.variable(A), DRIVER.variable(B.T.copy())
    y = DRIVER.sum(DRIVER.matmul(a, b))
    np.testing.assert_allclose(DRIVER.value(y), (A @ B.T).sum(), rtol=1e-5)
    da, db = gradients(y, [a, b], np.float32(2))
    np.testing.assert_allclose(da, 2 * np.broadcast_to(B.sum(0), A.shape), rtol=1e-5)
    np.testing.assert_allclose(db, 2 * np.broadcast_to(A.sum(0), B.shape).T, rtol=1e-5)


def test_operations_on_half_precision_stay_there() -> None:
    x = DRIVER.variable(A.astype(np.float16))
    y = DRIVER.add(DRIVER.multiply(gradient_reversal(x, 2.0), x), x)
    assert DRIVER.value(y).dtype == np.float16
    (dx,) = gradients(y, [x], DY.astype(np.float16))
    assert dx.dtype == np.float16


def test_value_runs_a_graph_once() -> None:
    x0, x1 = DRIVER.variable(A), DRIVER.variable(B)
    y = DRIVER.apply(ShakeShake(), [x0, x1], {})
    first = DRIVER.value(y)
    gradients(y, [x0, x1])
    np.testing.assert_array_equal(DRIVER.value(y), first)


def test_gradients_are_none_added_to_and_cleared() -> None:
    x = DRIVER.variable(A)
    assert DRIVER.gradient(x) is None
    DRIVER.set_gradient(x, B)
    np.testing.assert_array_equal(DRIVER.gradient(x), B)
    y = DRIVER.add(x, x)
    (dx,) = gradients(y, [x])
    np.testing.assert_allclose(dx, B + 2 * DY, rtol=1e-6)
    DRIVER.clear_gradient(x)
    assert DRIVER.gradient(x) is None


def test_two_backward_passes_over_one_graph() -> None:
    x = DRIVER.variable(A)
    y = gradient_reversal(DRIVER.tanh(x), 0.5)
    passes: list[Any] = []
    for keep in (True, False):
        DRIVER.backward(y, DRIVER.variable(DY, needs_grad=False), keep=keep)
        passes.append(DRIVER.gradient(x))
        DRIVER.clear_gradient(x)
    np.testing.assert_array_equal(*passes)


def test_what_a_layer_leaves_in_the_buffer_shows() -> None:
    for subject, stale in ((Reversal, False), (StaleRemainder, True)):
        x = DRIVER.variable(A)
        (dx,) = gradients(subject(0.5)(x), [x])
        assert np.isnan(dx).any() == stale


def test_an_edited_cotangent_shows() -> None:
    for subject, edited in ((Reversal, False), (CotangentEdited, True)):
        dy = DRIVER.variable(DY, needs_grad=False)
        DRIVER.backward(subject(0.5)(DRIVER.variable(A)), dy)
        assert (DRIVER.value(dy) != DY).any() == edited


def test_differentiate_three_times() -> None:
    x, dy = DRIVER.variable(A), DRIVER.variable(DY)
    ones = DRIVER.variable(np.ones_like(A))
    y = gradient_reversal(x, 2.0)
    (first,) = DRIVER.differentiate([DRIVER.multiply(y, y)], [x], [dy])
    (second,) = DRIVER.differentiate([first], [x], [ones])
    (third,) = DRIVER.differentiate([second], [dy], [ones])
    for variable, value in ((first, -4 * A * DY), (second, 8 * DY), (third, 8 * np.ones_like(A))):
        np.testing.assert_allclose(DRIVER.value(variable), value, rtol=1e-6)


def test_no_grad() -> None:
    for layer, kept in ((gradient_reversal, False), (graph_always_kept, True)):
        with DRIVER.no_grad():
            y = layer(DRIVER.variable(A), 0.5)
            np.testing.assert_array_equal(DRIVER.value(y), A)
            assert DRIVER.has_graph(y) == kept
        assert DRIVER.has_graph(layer(DRIVER.variable(A), 0.5))


@pytest.mark.parametrize(
    ("function", "kept"),
    [
        (lambda x: gradient_reversal(x, 0.5), []),
        (F.sin, ["x0"]),
        (F.tanh, ["y"]),
        (InputRetained(0.5), ["x0"]),
        # It keeps the memory, not nnabla; y has the values of x.
        (InputSaved(0.5), ["x0", "y"]),
    ],
)
def test_retained(function: Any, kept: list[str]) -> None:
    assert DRIVER.retained(function, [A]) == kept


@pytest.mark.parametrize("wanted", [(True, False), (False, True), (True, True)])
def test_computed(wanted: tuple[bool, bool]) -> None:
    def right(x0: Any, x1: Any) -> Any:
        return shake_shake(x0, x1, 0.5, 0.25)

    assert DRIVER.computed(right, [A, B], wanted, DY) == list(wanted)
    wrong = DRIVER.as_function(BothGradientsComputed, "shake_shake")
    assert wrong is not None
    assert DRIVER.computed(lambda *x: wrong(*x, 0.5, 0.25), [A, B], wanted, DY) == [True, True]


@pytest.mark.parametrize("subject", [gradient_reversal, Reversal, ManualReversal])
def test_functions_of_every_form(subject: Any) -> None:
    function = DRIVER.as_function(subject, "gradient_reversal")
    assert function is not None
    for dtype in (np.float16, np.float32):
        x = DRIVER.variable(A.astype(dtype))
        (dx,) = gradients(function(x, 0.5), [x], DY.astype(dtype))
        np.testing.assert_array_equal(dx, (-0.5 * DY.astype(dtype)), strict=True)


def test_layers_of_every_form() -> None:
    class WithArgument:
        def __call__(self, x: Any, test: bool = False) -> Any:
            return F.add_scalar(x, 1.0 if test else 2.0)

    class WithAttribute(nn.Module):
        def call(self, x: Any) -> Any:
            return F.add_scalar(x, 2.0 if self.training else 1.0)

    for layer in (WithArgument(), WithAttribute()):
        for training in (True, False, True):
            y = DRIVER.apply(layer, [DRIVER.variable(A)], {}, training)
            np.testing.assert_array_equal(DRIVER.value(y), A + np.float32(2 if training else 1))
    assert DRIVER.as_function(GradientReversal, "gradient_reversal") is None


def test_coefficients() -> None:
    assert DRIVER.coefficient(0.5) == 0.5
    assert not DRIVER.change_coefficient(0.5)
    array = DRIVER.coefficient(np.array([0.25, 0.5]))
    assert isinstance(array, nn.NdArray)
    assert DRIVER.change_coefficient(array)
    np.testing.assert_array_equal(array.data, [7, 7])


def test_seed() -> None:
    draws = []
    for _ in range(2):
        DRIVER.seed(3)
        y = DRIVER.apply(ShakeShake(), [DRIVER.variable(A), DRIVER.variable(B)], {})
        draws.append(DRIVER.value(y))
    np.testing.assert_array_equal(*draws)


def test_round_trips() -> None:
    copies = DRIVER.round_trips(GradientReversal(0.37), lambda: GradientReversal(1.0))
    assert {name: layer.scale for name, layer in copies.items()} == {
        "deepcopy": 0.37,
        "pickle": 0.37,
    }


def test_memory() -> None:
    x = DRIVER.variable(A)
    assert DRIVER.strides(x) == [3, 1]
    y = gradient_reversal(x, 0.5)
    DRIVER.value(y)
    assert not DRIVER.shares_memory(y, x)
    assert DRIVER.shares_memory(x, x)


def test_an_exception_comes_out() -> None:
    with pytest.raises(ValueError, match="scale must be finite"):
        gradient_reversal(DRIVER.variable(A), np.inf)


def test_four_threads() -> None:
    def run(scale: float) -> Any:
        x = DRIVER.variable(A)
        return scale, gradients(DRIVER.tanh(gradient_reversal(x, scale)), [x])[0]

    with ThreadPoolExecutor(4) as pool:
        for scale, dx in pool.map(run, [float(scale) for scale in range(100)]):
            np.testing.assert_allclose(dx, -scale * (1 - np.tanh(A) ** 2) * DY, rtol=1e-5)
