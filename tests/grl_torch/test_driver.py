"""The driver for PyTorch: what only it has, beside what all drivers do."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from conformance.remote.wire import Bits
from conformance.worker.torch_driver import TorchDriver
from grl_torch import GradientReversal
from tests.drivers import DY, X
from tests.mutants.torch.right import ClassicShake, ReversalModule

DRIVER = TorchDriver()


def test_coefficients_are_tensors() -> None:
    assert isinstance(DRIVER.coefficient(np.array([0.5, 1.5])), Tensor)


def test_round_trips() -> None:
    ways = DRIVER.round_trips(GradientReversal(1 / 3), lambda: GradientReversal(0.5))
    assert list(ways) == ["deepcopy", "pickle", "state_dict"]
    assert {copied().scale.item() for copied in ways.values()} == {1 / 3}
    ways = DRIVER.round_trips(ReversalModule(0.25), lambda: ReversalModule(0.75))
    assert [copied().scale for copied in ways.values()] == [0.25, 0.25, 0.75]


def test_bfloat16_travels_as_bits() -> None:
    assert "bfloat16" in DRIVER.describe()["dtypes"]
    bits = np.array([[0x3F80, 0xC000], [0x7FC1, 0x8000]], np.uint16)  # 1, -2, a NaN, -0
    x = DRIVER.variable(Bits("bfloat16", bits))
    assert x.dtype == torch.bfloat16
    assert x[0].tolist() == [1.0, -2.0]
    value = DRIVER.value(x)
    assert value.dtype == "bfloat16"
    assert np.array_equal(value.bits, bits)
    x.tanh().sum().backward()
    assert DRIVER.gradient(x).dtype == "bfloat16"


def test_derivatives_that_do_not_exist() -> None:
    x, dy = DRIVER.variable(X), DRIVER.variable(DY)
    assert DRIVER.differentiate([DRIVER.tanh(x)], [DRIVER.variable(X)], [dy]) == [None]


def test_forward_mode() -> None:
    y, tangent = DRIVER.jvp(DRIVER.multiply, [X, X], [DY, np.zeros_like(X)])
    assert np.array_equal(y, X * X)
    assert np.array_equal(tangent, X * DY)
    _, nothing = DRIVER.jvp(lambda x: x.detach(), [X], [DY])
    assert np.array_equal(nothing, np.zeros_like(X))


class SavesOutput(ClassicShake):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        y = ClassicShake.forward(ctx, *given)
        ctx.save_for_backward(y)
        return y


def test_retained_by_a_function() -> None:
    shake = DRIVER.as_function(SavesOutput, 2)
    assert shake is not None
    assert DRIVER.retained(lambda x0, x1: shake(x0, x1, 0.5, 0.5), [X, DY]) == ["y"]
