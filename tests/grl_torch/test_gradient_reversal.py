"""gradient_reversal in PyTorch: what a view as the output means."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from grl_torch import GradientReversal, MulScalar, gradient_reversal
from tests.grl_torch.declared import gradient, normal


@pytest.mark.parametrize("layer", [gradient_reversal, GradientReversal(copy=True)])
def test_a_copy_may_be_edited_in_place(layer: Any) -> None:
    x = normal(4, 3).requires_grad_()
    features = x * 1
    before = features.detach().clone()
    options = {} if isinstance(layer, nn.Module) else {"copy": True}
    y = nn.ReLU(inplace=True)(layer(features, **options))
    assert torch.equal(features, before)
    assert torch.equal(y, before.relu())
    assert torch.equal(gradient(y, x, torch.ones_like(y)), -(before > 0).to(x.dtype))


def test_in_place_without_gradients() -> None:
    """PyTorch refuses it only where gradients are tracked; a copy is safe in both cases."""
    for copy in (False, True):
        x = torch.full((3,), -1.0)
        with torch.no_grad():
            GradientReversal(copy=copy)(x).relu_()
        assert torch.equal(x, torch.full((3,), -1.0 if copy else 0.0))


def test_repr() -> None:
    assert repr(GradientReversal(0.5)) == "GradientReversal(scale=0.5)"
    assert repr(MulScalar(0.5)) == "MulScalar(scalar=0.5)"
