"""AOTAutograd uses make_fx as well: its graphs hold PyTorch's own operators alone, which fuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, fx
from torch._dynamo.backends.common import aot_autograd
from torch._functorch._aot_autograd.utils import make_boxed_func
from torch._functorch.aot_autograd import aot_function, aot_module
from torch._inductor import metrics
from torch.func import grad, vmap

from tests.grl_torch.declared import Declared, each_layer, gradient, normal
from tests.grl_torch.networks import (
    each_form,
    each_name,
    expected_gradients,
    gradients,
    loss,
    network,
    same,
    samples,
)
from tests.grl_torch.versions import since


class Graphs:
    """A compiler that runs graphs as they are, and keeps the names of their operators."""

    def __init__(self) -> None:
        self.count = 0
        self.operators: set[str] = set()

    def __call__(self, gm: fx.GraphModule, example_inputs: Any) -> Callable[..., Any]:
        self.count += 1
        nodes = (node for node in gm.graph.nodes if node.op == "call_function")
        self.operators |= {str(node.target) for node in nodes}
        boxed: Callable[..., Any] = make_boxed_func(gm.forward)
        return boxed

    def hold_only_pytorchs_own(self) -> bool:
        return bool(self.operators) and all(name.startswith("aten.") for name in self.operators)


def _aot_function(run: Callable[..., Any], graphs: Graphs) -> Callable[..., Any]:
    compiled: Callable[..., Any] = aot_function(run, graphs, graphs)
    return compiled


def _compile(run: Callable[..., Any], graphs: Graphs) -> Callable[..., Any]:
    backend = aot_autograd(fw_compiler=graphs, bw_compiler=graphs)
    return torch.compile(run, backend=backend, fullgraph=True)


fuses = since("2.12", "Dynamo takes compiled code for an export too (pytorch issue 176347)")


@each_layer
@pytest.mark.parametrize("compiler", [_aot_function, pytest.param(_compile, marks=fuses)])
def test_layer(layer: Declared, compiler: Any) -> None:
    graphs = Graphs()
    run = compiler(lambda v: layer.call(v.sin(), 0.375), graphs)
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    found = gradient(run(x), x, dy)
    torch.testing.assert_close(found, layer.factor(0.375) * dy * x.cos())
    assert graphs.count == 2
    assert graphs.hold_only_pytorchs_own()


@each_layer
@pytest.mark.parametrize("compiler", [_aot_function, _compile])
def test_gradient_inside(layer: Declared, compiler: Any) -> None:
    """Its second derivative is by the declared gradient too."""
    graphs, factor = Graphs(), layer.factor(0.5)
    run = compiler(vmap(grad(lambda v: layer.call(v, 0.5).square().sum())), graphs)
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    y = run(x)
    assert torch.equal(y, 2 * factor * layer.call(x, 0.5))
    assert torch.equal(gradient(y, x, dy), 2 * factor**2 * dy)
    assert graphs.count == 2
    assert graphs.hold_only_pytorchs_own()


@each_name
@each_form
def test_module(name: str, form: str) -> None:
    graphs, model = Graphs(), network(name, form)
    loss(aot_module(model, graphs, graphs)(samples())).backward()
    assert same(gradients(model), expected_gradients(name))
    assert graphs.count == 2
    assert graphs.hold_only_pytorchs_own()


@fuses
@each_layer
def test_fuses_with_its_neighbours(layer: Declared) -> None:
    """One kernel for the forward pass and one for the backward pass, as without the layer."""
    metrics.reset()
    x = torch.randn(64, 64, requires_grad=True)
    run = torch.compile(lambda v: layer.call(v.sin(), 0.375).cos(), fullgraph=True)
    y: Tensor = run(x)
    y.backward(torch.ones_like(y))
    assert metrics.generated_kernel_count == 2
