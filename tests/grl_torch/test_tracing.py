"""torch.fx and torch.jit.trace: the ways that docs/torch.md tells, and what a trace keeps."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn

from grl_torch import GradientReversal, MulScalar, ShakeShake, gradient_reversal
from tests.grl_torch.declared import gradient

# As a user would write it at the top of the file that calls the function.
torch.fx.wrap("gradient_reversal")


class Tracer(torch.fx.Tracer):
    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        ours = isinstance(module, (GradientReversal, MulScalar, ShakeShake))
        return ours or super().is_leaf_module(module, name)


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.reverse, self.times = GradientReversal(0.5), MulScalar(0.25)
        self.mix = ShakeShake("even-even")

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.mix(self.reverse(x), self.times(x))
        return y


def test_symbolic_trace_of_a_leaf() -> None:
    network = _Network()
    traced = torch.fx.GraphModule(network, Tracer().trace(network))
    x, dy = torch.ones(3, requires_grad=True), torch.arange(3.0)
    for scale in (0.5, 2.0):
        network.reverse.scale = scale
        assert torch.equal(gradient(traced(x), x, dy), (0.125 - scale / 2) * dy)


def test_symbolic_trace_of_a_wrapped_function() -> None:
    class Wrapped(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return gradient_reversal(x, 0.5)

    traced = torch.fx.symbolic_trace(Wrapped())
    x, dy = torch.ones(3, requires_grad=True), torch.arange(3.0)
    assert torch.equal(gradient(traced(x), x, dy), -0.5 * dy)


def test_a_trace_keeps_its_scale() -> None:
    """As it keeps every number that is no tensor of the graph; the table says so."""
    layer = GradientReversal(0.5)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit")
        traced = torch.jit.trace(layer, torch.zeros(3))
    layer.scale = 2.0
    x, dy = torch.ones(3, requires_grad=True), torch.arange(3.0)
    assert torch.equal(gradient(traced(x), x, dy), -0.5 * dy)
