"""Declared.call: the way that it takes is right in every mode, without private names too."""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinMethodType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import Function, forward_ad
from torch.func import grad, hessian, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from grl_torch import gradient_reversal, mul_scalar
from grl_torch._autograd import modes
from grl_torch.gradient_reversal import _GradientReversal
from tests.grl_torch.declared import LAYERS, Declared, each_layer, gradient, normal


def _tangent(function: Callable[[Tensor], Tensor], x: Tensor, dx: Tensor) -> Tensor:
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, dx)
        tangent: Tensor = forward_ad.unpack_dual(function(dual)).tangent
        return tangent


@each_layer
@pytest.mark.parametrize("backend", ["eager", "aot_eager", "inductor"])
@pytest.mark.parametrize("called_before", [False, True])
def test_compiled_function_of_dual_numbers(
    layer: Declared, backend: str, called_before: bool
) -> None:
    """Compiled code knows no tangents. PyTorch itself drops them in silence: x.sin() has none."""
    compiled = torch.compile(lambda x: layer.call(x, 0.375), backend=backend)
    x, dx = normal(4, 3), normal(4, 3)
    if called_before:
        compiled(x)
    assert torch.equal(_tangent(compiled, x, dx), layer.factor(0.375) * dx)


@each_layer
def test_dual_numbers_inside_of_compiled_code(layer: Declared) -> None:
    x, dx = normal(4, 3), normal(4, 3)
    run = torch.compile(
        lambda x, dx: _tangent(lambda v: layer.call(v, 0.375), x, dx), backend="aot_eager"
    )
    assert torch.equal(run(x, dx), layer.factor(0.375) * dx)


@each_layer
def test_tensor_left_over_from_a_transform(layer: Declared) -> None:
    """PyTorch's wrapper outlives the transform; its gradient must still arrive."""
    parameter = normal(3).requires_grad_()
    left_over = []

    def leak(x: Tensor) -> Tensor:
        left_over.append(x * parameter)
        return left_over[0].sum()

    grad(leak)(torch.full((3,), 2.0).double())
    y = layer.call(left_over[0], 0.375)
    expected = torch.full_like(parameter, 2 * layer.factor(0.375))
    assert torch.equal(gradient(y, parameter, torch.ones_like(y)), expected)


# What stands in modes.py for a private name, and its value where a PyTorch lacks that name.
LACKING: dict[str, object] = {
    "_func_is_active": None,
    "_HAS_LEVEL": False,
    "_HAS_FX_FLAG": False,
    "_dispatch_mode": None,
    "_backward_pass": None,
}
each_lacking = pytest.mark.parametrize("lacking", LACKING)


GONE = {"_HAS_FX_FLAG": "2.14"}  # what PyTorch lacks, and since when


def test_all_private_names_are_here() -> None:
    """Each is looked up so that PyTorch may lack it, and this one lacks no more than is known."""
    for name, lacking in LACKING.items():
        gone = name in GONE and torch.__version__ >= GONE[name]
        assert (getattr(modes, name) is lacking) == gone, name


@each_layer
@each_lacking
def test_ordinary_calls_need_no_private_name(
    layer: Declared, lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same Function: the reversal is a view, which PyTorch refuses to change in place."""
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    expected = layer.call(x, 0.375)
    monkeypatch.setattr(modes, lacking, LACKING[lacking])
    y = layer.call(x, 0.375)
    assert type(y.grad_fn) is type(expected.grad_fn)
    assert y._is_view() == expected._is_view()
    assert torch.equal(gradient(y, x, dy), layer.factor(0.375) * dy)


@each_layer
@each_lacking
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_without_a_private_name(
    layer: Declared, lacking: str, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modes, lacking, LACKING[lacking])

    def call(x: Tensor) -> Tensor:
        return layer.call(x, 0.375)

    def per_sample(x: Tensor, dy: Tensor) -> Tensor:
        got: Tensor = vmap(grad(lambda v, d: (call(v) * d).sum()))(x, dy)
        return got

    runs: list[Any] = [call, per_sample]
    if compiled:
        runs = [torch.compile(run, backend="aot_eager", fullgraph=True) for run in runs]
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    declared_gradient = layer.factor(0.375) * dy
    assert torch.equal(gradient(runs[0](x), x, dy), declared_gradient)
    assert torch.equal(runs[1](x.detach(), dy), declared_gradient)


@each_layer
@each_lacking
def test_forward_mode_without_a_private_name(
    layer: Declared, lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modes, lacking, LACKING[lacking])
    x, dx = normal(3), normal(3)
    factor = layer.factor(0.375)
    assert torch.equal(_tangent(lambda v: layer.call(v, 0.375), x, dx), factor * dx)
    curvature = hessian(lambda v: (layer.call(v, 0.375) ** 2).sum())(x)
    assert torch.equal(curvature, 2 * factor**2 * torch.eye(3, dtype=x.dtype))


@each_layer
@each_lacking
def test_recorded_without_a_private_name(
    layer: Declared, lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modes, lacking, LACKING[lacking])
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    recorded = make_fx(lambda v: layer.call(v, 0.375))(x)
    assert torch.equal(gradient(recorded(x), x, dy), layer.factor(0.375) * dy)


def test_the_short_way_is_taken() -> None:
    """The apply in C++, which PyTorch's own is too from 2.14 on."""
    assert isinstance(_GradientReversal._apply, BuiltinMethodType)
    assert _GradientReversal._apply.__self__ is _GradientReversal
    y = gradient_reversal(torch.ones(3, requires_grad=True))
    assert type(y.grad_fn).__name__ == "_GradientReversalBackward"


def test_without_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_GradientReversal, "_apply", _GradientReversal.apply)
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    assert torch.equal(gradient(gradient_reversal(x, 0.375), x, dy), -0.375 * dy)


def test_surrogate_and_function_agree() -> None:
    """Whatever the way, the values and gradients are the same bits."""
    for name, layer in LAYERS.items():
        for number in (0.37, torch.rand(4, 1)):
            x, dy = normal(4, 3, dtype=torch.float32).requires_grad_(), normal(4, 3).float()
            y = layer.call(x, number)
            mapped = vmap(lambda v, layer=layer, number=number: layer.call(v, number))(x[None])
            # Products and sums may be fused, or not: half an ULP of the larger one.
            assert torch.allclose(y, mapped[0], rtol=2**-22, atol=2**-22), name
            assert torch.equal(gradient(y, x, dy), gradient(mapped, x, dy[None]))


def test_multiplication_needs_no_surrogate() -> None:
    """Its value has the right derivative, so that PyTorch's operations alone are exported."""
    program = torch.export.export(_Multiply(), (torch.ones(3, requires_grad=True),), strict=False)
    called = [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
    assert called == ["aten.mul.Tensor"]


class _Multiply(torch.nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return mul_scalar(x, 0.5)


def test_function_is_in_the_classic_style() -> None:
    assert _GradientReversal.setup_context is Function.setup_context
