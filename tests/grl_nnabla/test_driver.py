"""The driver for nnabla: what only it has, beside what all drivers do."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from conformance.worker.nnabla_driver import NnablaDriver
from grl_nnabla import GradientReversal
from tests.drivers import X, gradients
from tests.mutants.nnabla.accumulation import StaleRemainder
from tests.mutants.nnabla.reversal import InputRetained, InputSaved
from tests.mutants.nnabla.right import Reversal

DRIVER = NnablaDriver()


def test_what_a_layer_leaves_in_the_buffer_shows() -> None:
    for subject, stale in ((Reversal, False), (StaleRemainder, True)):
        x = DRIVER.variable(X)
        (dx,) = gradients(DRIVER, subject(0.5)(x), [x])
        assert np.isnan(dx).any() == stale


@pytest.mark.parametrize(
    ("function", "kept"),
    [
        (F.sin, ["x0"]),
        (InputRetained(0.5), ["x0"]),
        # It keeps the memory, not nnabla; y has the values of x.
        (InputSaved(0.5), ["x0", "y"]),
    ],
)
def test_retained_by_functions(function: Any, kept: list[str]) -> None:
    # Of no other test: a function that is alive and has put its values aside would be seen there.
    assert DRIVER.retained(function, [X + 100]) == kept


def test_layers_of_every_form() -> None:
    class OfNoModule:
        training = True

        def __call__(self, x: Any) -> Any:
            return F.add_scalar(x, 2.0 if self.training else 1.0)

    class WithAttribute(nn.Module):
        def call(self, x: Any) -> Any:
            return F.add_scalar(x, 2.0 if self.training else 1.0)

    for layer in (OfNoModule(), WithAttribute()):
        for training in (True, False, True):
            y = DRIVER.apply(layer, [DRIVER.variable(X)], {}, training)
            np.testing.assert_array_equal(DRIVER.value(y), X + np.float32(2 if training else 1))


def test_coefficients_are_ndarrays() -> None:
    assert isinstance(DRIVER.coefficient(np.array([0.25, 0.5])), nn.NdArray)


def test_round_trips() -> None:
    ways = DRIVER.round_trips(GradientReversal(0.37), lambda: GradientReversal(1.0))
    assert {name: copied().scale for name, copied in ways.items()} == {
        "deepcopy": 0.37,
        "pickle": 0.37,
    }
