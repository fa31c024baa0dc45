"""torch.compile, without graph breaks: the declared gradient, and few graphs for a schedule."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._dynamo.testing import CompileCounterWithBackend

from grl_torch import GradientReversal, MulScalar, ShakeShake
from tests.grl_torch.declared import Declared, each_layer, each_number, gradient, normal, same_bits


@each_layer
@each_number
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_compiled_agrees_with_eager(layer: Declared, number: Any, dtype: torch.dtype) -> None:
    compiled = torch.compile(layer.call, backend="aot_eager", fullgraph=True)
    x, dy = normal(4, 3, dtype=dtype).requires_grad_(), normal(4, 3, dtype=dtype)
    y, eager = compiled(x, number), layer.call(x, number)
    assert same_bits(y, eager)
    assert same_bits(gradient(y, x, dy), gradient(eager, x, dy))


@pytest.mark.parametrize(
    ("module", "name", "sign"), [(GradientReversal, "scale", -1), (MulScalar, "scalar", 1)]
)
@pytest.mark.parametrize("kind", [float, torch.tensor], ids=["float", "tensor"])
def test_schedule(module: Any, name: str, sign: int, kind: Any) -> None:
    """What was compiled for the first number serves all others."""
    layer: nn.Module = module(kind(1.0))
    counter = CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(layer, backend=counter, fullgraph=True)
    graphs = []
    for step in (1.0, 0.5, 0.25, -2.0):
        setattr(layer, name, kind(step))
        x = torch.ones(2, requires_grad=True)
        assert gradient(compiled(x), x, torch.ones(2)).tolist() == [sign * step] * 2
        graphs.append(counter.frame_count)
    assert graphs[-1] == graphs[0] > 0


def test_shake_shake_module_draws_anew() -> None:
    layer = ShakeShake()
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    ones = torch.ones(64, 3, requires_grad=True)
    zeros = torch.zeros(64, 3, requires_grad=True)

    def run() -> tuple[Tensor, Tensor]:
        y = compiled(ones, zeros)
        dx0, dx1 = torch.autograd.grad(y, (ones, zeros), torch.ones_like(y))
        assert torch.equal(dx0 + dx1, torch.ones_like(y))
        return y.detach(), dx0

    (alpha, beta), (again, _) = run(), run()
    assert not torch.equal(alpha, again)
    assert not torch.equal(alpha, beta)
    assert torch.equal(alpha, alpha[:, :1].expand_as(alpha))
    assert len(alpha[:, 0].unique()) > 60
    layer.eval()
    y = compiled(ones, zeros)
    assert torch.equal(y, torch.full_like(y, 0.5))


@pytest.mark.parametrize("training", [True, False])
def test_compiled_code_is_no_export(training: bool) -> None:
    """Not in eval mode, nor where gradients are off and forward mode is at work."""
    layer = GradientReversal(0.5).train(training)
    x, ones = torch.ones(3, requires_grad=True), torch.ones(3)
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    assert torch.equal(gradient(compiled(x), x, ones), -0.5 * ones)
    pushed = torch.compile(
        lambda v: torch.func.jvp(layer, (v,), (ones,))[1], backend="aot_eager", fullgraph=True
    )
    with torch.no_grad():
        assert torch.equal(pushed(ones), -0.5 * ones)
