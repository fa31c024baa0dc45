"""Declared.call: the way that it takes is right in every mode, without private names too."""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinMethodType

import pytest
import torch
from torch import Tensor
from torch.autograd import Function
from torch.func import grad, jvp, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from grl_torch import gradient_reversal
from grl_torch._autograd import modes
from grl_torch.gradient_reversal import _GradientReversal
from tests.grl_torch.declared import Declared, each_layer, gradient, normal, tangent

Layer = Callable[[Tensor], Tensor]
Run = Callable[..., Tensor]


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
    assert torch.equal(tangent(compiled, x, dx), layer.factor(0.375) * dx)


@each_layer
def test_dual_numbers_inside_of_compiled_code(layer: Declared) -> None:
    x, dx = normal(4, 3), normal(4, 3)
    run = torch.compile(
        lambda x, dx: tangent(lambda v: layer.call(v, 0.375), x, dx), backend="aot_eager"
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


def _per_sample(call: Layer) -> Run:
    return vmap(grad(lambda v, d: (call(v) * d).sum()))


def _second(call: Layer, x: Tensor, dy: Tensor) -> Tensor:
    def squares(v: Tensor) -> Tensor:
        return call(v).square().sum() / 2

    second: Tensor = jvp(grad(squares), (x,), (dy,))[1]
    return second


def _compiled(run: Run) -> Run:
    return torch.compile(run, backend="aot_eager", fullgraph=True)


# Each gives the factor times dy; the second derivative, its square times dy.
RUNS: dict[str, Callable[[Layer, Tensor, Tensor], Tensor]] = {
    "eager": lambda call, x, dy: gradient(call(x), x, dy),
    "compiled": lambda call, x, dy: gradient(_compiled(call)(x), x, dy),
    "recorded": lambda call, x, dy: gradient(make_fx(call)(x.detach())(x), x, dy),
    "per sample": lambda call, x, dy: _per_sample(call)(x.detach(), dy),
    "per sample, compiled": lambda call, x, dy: _compiled(_per_sample(call))(x.detach(), dy),
    "forward mode": lambda call, x, dy: tangent(call, x.detach(), dy),
    "second derivative": lambda call, x, dy: _second(call, x.detach(), dy),
}


@each_layer
@each_lacking
@pytest.mark.parametrize("how", RUNS)
def test_without_a_private_name(
    layer: Declared, lacking: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modes, lacking, LACKING[lacking])
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    found = RUNS[how](lambda v: layer.call(v, 0.5), x, dy)  # a power of 2: nothing is rounded
    order = 2 if how == "second derivative" else 1
    assert torch.equal(found, layer.factor(0.5) ** order * dy)


def test_the_short_way_is_taken() -> None:
    """The apply in C++, which PyTorch's own is too from 2.14 on."""
    assert isinstance(_GradientReversal._apply, BuiltinMethodType)
    assert _GradientReversal._apply.__self__ is _GradientReversal
    y = gradient_reversal(torch.ones(3, requires_grad=True))
    assert type(y.grad_fn).__name__ == "_GradientReversalBackward"


def test_function_is_in_the_classic_style() -> None:
    assert _GradientReversal.setup_context is Function.setup_context
