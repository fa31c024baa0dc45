"""Declared.call: the way that it takes is right in every mode, the fallback's too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import Function, forward_ad
from torch.func import grad, hessian, vmap

from grl_torch import declared, gradient_reversal, mul_scalar
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


@pytest.fixture
def _without_private_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declared, "_KNOWS_TRANSFORMS", False)


@each_layer
@pytest.mark.usefixtures("_without_private_names")
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_fallback(layer: Declared, compiled: bool) -> None:
    """Without PyTorch's private names every call goes by the law."""

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
@pytest.mark.usefixtures("_without_private_names")
def test_fallback_in_forward_mode(layer: Declared) -> None:
    x, dx = normal(3), normal(3)
    factor = layer.factor(0.375)
    assert torch.equal(_tangent(lambda v: layer.call(v, 0.375), x, dx), factor * dx)
    curvature = hessian(lambda v: (layer.call(v, 0.375) ** 2).sum())(x)
    assert torch.equal(curvature, 2 * factor**2 * torch.eye(3, dtype=x.dtype))


def test_the_short_way_is_taken() -> None:
    """The apply that Function extends, which the private names guard."""
    assert _GradientReversal._apply.__self__ is _GradientReversal  # type: ignore[attr-defined]
    assert _GradientReversal._apply != _GradientReversal.apply
    y = gradient_reversal(torch.ones(3, requires_grad=True))
    assert type(y.grad_fn).__name__ == "_GradientReversalBackward"


def test_without_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_GradientReversal, "_apply", _GradientReversal.apply)
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    assert torch.equal(gradient(gradient_reversal(x, 0.375), x, dy), -0.375 * dy)


def test_law_and_function_agree() -> None:
    """Whatever the way, the values and gradients are the same bits."""
    for name, layer in LAYERS.items():
        for number in (0.37, torch.rand(4, 1)):
            x, dy = normal(4, 3, dtype=torch.float32).requires_grad_(), normal(4, 3).float()
            y = layer.call(x, number)
            lawful = vmap(lambda v, layer=layer, number=number: layer.call(v, number))(x[None])
            # Products and sums may be fused, or not: half an ULP of the larger one.
            assert torch.allclose(y, lawful[0], rtol=2**-22, atol=2**-22), name
            assert torch.equal(gradient(y, x, dy), gradient(lawful, x, dy[None]))


def test_multiplication_needs_no_surrogate() -> None:
    """Its law is its own derivative, so that PyTorch's operations alone are exported."""
    program = torch.export.export(_Multiply(), (torch.ones(3, requires_grad=True),), strict=False)
    called = [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
    assert called == ["aten.mul.Tensor"]


class _Multiply(torch.nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return mul_scalar(x, 0.5)


def test_function_is_in_the_classic_style() -> None:
    assert _GradientReversal.setup_context is Function.setup_context
