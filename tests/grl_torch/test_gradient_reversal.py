"""gradient_reversal in PyTorch: what a view as the output means."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from grl_torch import GradientReversal, MulScalar, gradient_reversal
from tests.grl_torch.declared import gradient, normal


def test_forward_is_a_view() -> None:
    x = normal(4, 3)
    y = gradient_reversal(x)
    assert y is not x
    assert y.data_ptr() == x.data_ptr()
    assert torch.equal(y, x)


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


def test_editing_the_input_in_place_is_noticed() -> None:
    """The output would change with it."""
    features = normal(4, 3).requires_grad_() * 1
    y = gradient_reversal(features)
    features.relu_()
    with pytest.raises(RuntimeError, match="is a view and its base or another view of its base"):
        y.sum()


def test_of_a_view_of_a_leaf() -> None:
    x, dy = normal(6, 4).requires_grad_(), normal(2, 3)
    gradient_reversal(x[::3, 1:], 0.5).backward(dy)
    expected = torch.zeros(6, 4, dtype=x.dtype)
    expected[::3, 1:] = -0.5 * dy
    assert x.grad is not None
    assert torch.equal(x.grad, expected)


def test_no_graph_without_grad_mode() -> None:
    x = normal(4, 3).requires_grad_()
    for mode in (torch.no_grad(), torch.inference_mode()):
        with mode:
            assert gradient_reversal(x).grad_fn is None
    assert gradient_reversal(x.detach()).grad_fn is None


def test_repr() -> None:
    assert repr(GradientReversal(0.5)) == "GradientReversal(scale=0.5)"
    assert repr(MulScalar(0.5)) == "MulScalar(scalar=0.5)"
