"""The conformance suite's driver for PyTorch, each method against a known answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.autograd import Function

from conformance.remote.wire import Bits
from conformance.worker.torch_driver import TorchDriver
from grl_torch import GradientReversal, ShakeShake, gradient_reversal

DRIVER = TorchDriver()
X = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], np.float32)
DY = np.array([[2.0, 1.0, -1.0], [3.0, 0.25, 5.0]], np.float32)


def _run(y: Any, keep: bool = False) -> None:
    DRIVER.backward(y, DRIVER.variable(DY, needs_grad=False), keep)


class Two(Function):
    """``a + b``, which keeps what its subclasses say."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        return a + b

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        wanted = ctx.needs_input_grad
        return dy.clone() if wanted[0] else None, dy.clone() if wanted[1] else None


class SavesFirst(Two):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a)
        return a + b


class HoldsSecond(Two):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        ctx.held = b
        return a + b


class SavesOutput(Two):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        y = a + b
        ctx.save_for_backward(y)
        return y


class ComputesAll(Two):
    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        return dy.clone(), dy.clone()


def _function(subject: type[Function]) -> Callable[..., Tensor]:
    found = DRIVER.as_function(subject, "shake_shake")
    assert found is not None
    return found


def test_describes_itself() -> None:
    facts = DRIVER.describe()
    assert facts["version"] == torch.__version__
    assert type(facts["version"]) is str  # torch's own is a subclass, which cannot be sent
    assert facts["device"] == "cpu"
    for dtype in facts["dtypes"]:
        x = torch.ones(2, dtype=getattr(torch, dtype), requires_grad=True)
        x.tanh().sum().backward()
        assert x.grad is not None
        assert x.grad.dtype == x.dtype
    assert DRIVER.is_usable() is None
    assert torch.cuda.is_available() or TorchDriver("cuda").is_usable()


def test_subjects() -> None:
    assert DRIVER.as_function(gradient_reversal, "gradient_reversal") is gradient_reversal
    assert DRIVER.as_function(GradientReversal, "gradient_reversal") is None
    a, b = torch.ones(2), torch.full((2,), 2.0)
    assert torch.equal(_function(Two)(a, b), a + b)


def test_applies_layers_in_either_mode() -> None:
    layer = ShakeShake()
    ones, zeros = torch.ones(4, 3), torch.zeros(4, 3)
    assert torch.equal(DRIVER.apply(layer, [ones, zeros], {}, training=False), ones / 2)
    assert not torch.equal(DRIVER.apply(layer, [ones, zeros], {}), ones / 2)
    assert torch.equal(DRIVER.apply(layer, [ones, zeros], {"alpha": 0.25}), ones / 4)
    assert DRIVER.apply(lambda x: x, [ones], {}) is ones


def test_coefficients() -> None:
    for number in (0.5, 2, np.float32(0.5), True):
        assert DRIVER.coefficient(number) is number
        assert DRIVER.change_coefficient(number) is False
    array = np.array([0.5, 1.5], np.float32)
    tensor = DRIVER.coefficient(array)
    assert isinstance(tensor, Tensor)
    assert tensor.tolist() == [0.5, 1.5]
    assert DRIVER.change_coefficient(tensor) is True
    assert tensor.tolist() == [7.0, 7.0]
    assert array.tolist() == [0.5, 1.5]


def test_round_trips() -> None:
    copies = DRIVER.round_trips(GradientReversal(1 / 3), lambda: GradientReversal(0.5))
    assert list(copies) == ["deepcopy", "pickle", "state_dict"]
    assert {layer.scale.item() for layer in copies.values()} == {1 / 3}
    forgets = DRIVER.round_trips(nn.Dropout(0.25), lambda: nn.Dropout(0.75))
    assert [layer.p for layer in forgets.values()] == [0.25, 0.25, 0.75]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_values_keep_every_bit(dtype: str) -> None:
    for array in (X.astype(dtype), np.array(7, dtype), np.zeros((0, 3), dtype)):
        x = DRIVER.variable(array, needs_grad=False)
        value = DRIVER.value(x)
        assert (value.dtype, value.shape) == (array.dtype, array.shape)
        assert value.tobytes() == array.tobytes()
        x.add_(1)
        assert value.tobytes() == array.tobytes()


def test_bfloat16_travels_as_bits() -> None:
    bits = np.array([[0x3F80, 0xC000], [0x7FC1, 0x8000]], np.uint16)  # 1, -2, a NaN, -0
    x = DRIVER.variable(Bits("bfloat16", bits))
    assert x.dtype == torch.bfloat16
    assert x[0].tolist() == [1.0, -2.0]
    value = DRIVER.value(x)
    assert value.dtype == "bfloat16"
    assert np.array_equal(value.bits, bits)


def test_layouts() -> None:
    array = np.arange(120, dtype=np.float32).reshape(2, 3, 4, 5)
    strides = {
        "contiguous": [60, 20, 5, 1],
        "transposed": [1, 8, 2, 24],
        "strided": [120, 40, 10, 2],
        "channels_last": [60, 1, 15, 3],
        "expanded": [0, 20, 5, 1],
    }
    assert list(strides) == DRIVER.describe()["layouts"]
    for layout, expected in strides.items():
        given = np.repeat(array[:1], 2, axis=0) if layout == "expanded" else array
        x = DRIVER.variable(given, layout=layout)
        assert x.is_leaf
        assert x.requires_grad
        assert DRIVER.strides(x) == expected
        value = DRIVER.value(x)
        assert np.array_equal(value, given)
        assert value.flags.c_contiguous


def test_gradients_of_the_operations() -> None:
    a, b, dy = np.random.RandomState(0).standard_normal((3, 3, 3))
    sigmoid = 1 / (1 + np.exp(-a))
    for operation, value, da, db in (
        (DRIVER.add, a + b, dy, dy),
        (DRIVER.multiply, a * b, dy * b, dy * a),
        (DRIVER.matmul, a @ b, dy @ b.T, a.T @ dy),
        (lambda x, _: DRIVER.tanh(x), np.tanh(a), dy * (1 - np.tanh(a) ** 2), None),
        (lambda x, _: DRIVER.softplus(x), np.log1p(np.exp(a)), dy * sigmoid, None),
        (lambda x, _: DRIVER.sum(x), a.sum(), np.full_like(a, 2.5), None),
    ):
        xs = DRIVER.variable(a), DRIVER.variable(b)
        y = operation(*xs)
        arriving = dy if np.ndim(value) else np.array(2.5)
        DRIVER.backward(y, DRIVER.variable(arriving, needs_grad=False))
        np.testing.assert_allclose(DRIVER.value(y), value, rtol=1e-12)
        for x, expected in zip(xs, (da, db), strict=True):
            got = DRIVER.gradient(x)
            if expected is None:
                assert got is None
            else:
                np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_gradients_accumulate_until_they_are_cleared() -> None:
    x = DRIVER.variable(X)
    assert DRIVER.gradient(x) is None
    DRIVER.set_gradient(x, np.ones_like(X))
    y = gradient_reversal(x, 0.5)
    _run(y, keep=True)
    assert np.array_equal(DRIVER.gradient(x), 1 - 0.5 * DY)
    DRIVER.clear_gradient(x)
    assert DRIVER.gradient(x) is None
    _run(y)
    assert np.array_equal(DRIVER.gradient(x), -0.5 * DY)


def test_differentiates_to_third_order() -> None:
    x, dy = DRIVER.variable(np.array([2.0])), DRIVER.variable(np.array([1.0]))
    y = DRIVER.multiply(x, DRIVER.multiply(x, x))
    derivatives = []
    for _ in range(3):
        (y,) = DRIVER.differentiate([y], [x], [dy])  # type: ignore[assignment]
        derivatives.append(DRIVER.value(y).item())
    assert derivatives == [12.0, 12.0, 6.0]
    assert DRIVER.differentiate([DRIVER.tanh(x)], [DRIVER.variable(np.ones(1))], [dy]) == [None]


def test_forward_mode() -> None:
    y, tangent = DRIVER.jvp(DRIVER.multiply, [X, X], [DY, np.zeros_like(X)])
    assert np.array_equal(y, X * X)
    assert np.array_equal(tangent, X * DY)
    _, nothing = DRIVER.jvp(lambda x: x.detach(), [X], [DY])
    assert np.array_equal(nothing, np.zeros_like(X))


def test_graphs() -> None:
    x = DRIVER.variable(X)
    with DRIVER.no_grad():
        for operation in (gradient_reversal, DRIVER.tanh):
            assert not DRIVER.has_graph(operation(x))
        with torch.enable_grad():
            assert DRIVER.has_graph(gradient_reversal(x))
    assert DRIVER.has_graph(gradient_reversal(x))
    assert not DRIVER.has_graph(gradient_reversal(DRIVER.variable(X, needs_grad=False)))


def test_shared_memory() -> None:
    x = DRIVER.variable(X)
    assert DRIVER.shares_memory(x.view_as(x), x)
    assert not DRIVER.shares_memory(x.clone(), x)


def test_seeds() -> None:
    DRIVER.seed(5)
    first = torch.rand(3)
    DRIVER.seed(5)
    assert torch.equal(torch.rand(3), first)
    assert not torch.equal(torch.rand(3), first)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [(Two, []), (SavesFirst, ["x0"]), (HoldsSecond, ["x1"]), (SavesOutput, ["y"])],
)
def test_retained(subject: type[Function], expected: list[str]) -> None:
    assert DRIVER.retained(_function(subject), [X, DY]) == expected


def test_retained_sees_native_operations() -> None:
    assert DRIVER.retained(DRIVER.multiply, [X, DY]) == ["x0", "x1"]
    assert DRIVER.retained(DRIVER.add, [X, DY]) == []
    assert DRIVER.retained(DRIVER.tanh, [X]) == ["y"]


@pytest.mark.parametrize("wanted", [(True, False), (False, True), (True, True)])
def test_computed(wanted: tuple[bool, bool]) -> None:
    two, computes_all = _function(Two), _function(ComputesAll)
    for function in (two, lambda a, b: two(a, b) * 1.0, DRIVER.multiply):
        assert DRIVER.computed(function, [X, X], wanted, DY) == list(wanted)
    for function in (computes_all, lambda a, b: computes_all(a, b) * 1.0):
        assert DRIVER.computed(function, [X, X], wanted, DY) == [True, True]
