"""What PyTorch cannot do with a custom Function: an error that says so, and no wrong gradient."""

from __future__ import annotations

import io
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._dynamo.exc import Unsupported
from torch.jit._trace import TracerWarning
from torch.jit.frontend import NotSupportedError

from grl_torch import ShakeShake
from tests.grl_torch.declared import LAYERS, gradient, normal
from tests.grl_torch.networks import NUMBER, each_form, each_name, layer_module

DY = torch.tensor([[1.0, -2.0], [3.0, 0.5], [0.25, 4.0]])


@each_name
@each_form
def test_in_place_after_it(name: str, form: str) -> None:
    """What returns no view may be changed in place."""
    x = torch.tensor([[1.0, -2.0], [3.0, -4.0], [5.0, -6.0]], requires_grad=True)
    layer = layer_module(name, form)
    if name == "gradient_reversal":
        with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
            layer(x * 1).relu_()
        return
    y = layer(x)
    passed = (y > 0).to(x.dtype)
    assert 0 < passed.sum() < passed.numel()
    assert torch.equal(gradient(y.relu_(), x, DY), LAYERS[name].factor(NUMBER) * passed * DY)


@each_name
@each_form
def test_double_backward_of_compiled_code(name: str, form: str) -> None:
    compiled = torch.compile(layer_module(name, form), backend="aot_eager")
    x, dy = normal(3).requires_grad_(), normal(3).requires_grad_()
    (dx,) = torch.autograd.grad(compiled(x), x, dy, create_graph=True)
    with pytest.raises(RuntimeError, match="does not currently support double backward"):
        torch.autograd.grad(dx.sum(), dy)


def test_generator_in_compiled_code() -> None:
    """Refused where the whole graph is asked for; else PyTorch runs that part uncompiled."""
    ones, zeros = torch.ones(8, 3), torch.zeros(8, 3)
    layers = [ShakeShake(generator=torch.Generator().manual_seed(3)) for _ in range(2)]
    with pytest.raises(Unsupported, match=r"`torch.compiler.disable\(\)`d function"):
        torch.compile(layers[0], backend="aot_eager", fullgraph=True)(ones, zeros)
    compiled = torch.compile(layers[0], backend="aot_eager")
    for _ in range(2):
        assert torch.equal(compiled(ones, zeros), layers[1](ones, zeros))


@each_name
@each_form
def test_symbolic_trace(name: str, form: str) -> None:
    """fx calls a layer with a proxy in the place of a tensor."""
    with pytest.raises(TypeError, match=r"must be a .* tensor, got Proxy$"):
        torch.fx.symbolic_trace(layer_module(name, form))


@each_name
@each_form
def test_torchscript(name: str, form: str) -> None:
    """A trace is right while Python runs it, and is refused where Python would be left behind."""
    layer = layer_module(name, form).eval()
    x = torch.ones(3, 2, requires_grad=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit")  # that it is deprecated
        warnings.filterwarnings("ignore", "Converting a tensor to a Python", TracerWarning)
        traced = torch.jit.trace(layer, torch.zeros(3, 2))
        assert torch.equal(gradient(traced(x), x, DY), LAYERS[name].factor(NUMBER) * DY)
        with pytest.raises(RuntimeError, match="Could not export Python function call"):
            torch.jit.save(traced, io.BytesIO())
        with pytest.raises((RuntimeError, NotSupportedError)):
            torch.jit.script(layer)


def _sparse(x: Tensor) -> Tensor:
    return x.to_sparse()


def _mkldnn(x: Tensor) -> Tensor:
    return x.to_mkldnn()


@each_name
@each_form
@pytest.mark.parametrize("kind", [_sparse, _mkldnn], ids=["sparse", "mkldnn"])
def test_other_kinds_of_storage(name: str, form: str, kind: Any) -> None:
    """PyTorch has a multiplication for them, but neither a view nor a filled tensor."""
    x = kind(torch.eye(3)).requires_grad_()
    layer = layer_module(name, form)
    if name == "mul_scalar":
        (dx,) = torch.autograd.grad(layer(x).to_dense(), x, torch.ones(3, 3))
        (native,) = torch.autograd.grad((x * NUMBER).to_dense(), x, torch.ones(3, 3))
        assert dx.layout == x.layout
        assert torch.equal(dx.to_dense(), native.to_dense())
    else:
        with pytest.raises((NotImplementedError, RuntimeError)):
            layer(x)
