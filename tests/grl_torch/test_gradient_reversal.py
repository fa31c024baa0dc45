"""gradient_reversal in PyTorch: what a view as the output means, layouts, autocast, checkpoints."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from grl_torch import GradientReversal, MulScalar, gradient_reversal
from tests.grl_torch.declared import gradient, normal


def test_forward_is_a_view() -> None:
    x = normal(4, 3)
    y = gradient_reversal(x)
    assert y is not x
    assert y.data_ptr() == x.data_ptr()
    assert torch.equal(y, x)


def test_scale_is_1_by_default() -> None:
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    assert torch.equal(gradient(gradient_reversal(x), x, dy), -dy)
    assert torch.equal(gradient(GradientReversal()(x), x, dy), -dy)


@pytest.mark.parametrize("edit", [lambda y: y.relu_(), nn.ReLU(inplace=True)])
def test_editing_the_output_in_place_is_refused(edit: object) -> None:
    features = normal(4, 3).requires_grad_() * 1
    assert callable(edit)
    with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
        edit(gradient_reversal(features))


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


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_layout_is_kept_both_ways(memory_format: torch.memory_format) -> None:
    x = normal(2, 3, 4, 5).to(memory_format=memory_format).requires_grad_()
    y = gradient_reversal(x)
    dx = gradient(y, x, normal(2, 3, 4, 5).to(memory_format=memory_format))
    assert y.stride() == dx.stride() == x.stride()


def test_of_a_view_of_a_leaf() -> None:
    x, dy = normal(6, 4).requires_grad_(), normal(2, 3)
    gradient_reversal(x[::3, 1:], 0.5).backward(dy)
    expected = torch.zeros(6, 4, dtype=x.dtype)
    expected[::3, 1:] = -0.5 * dy
    assert x.grad is not None
    assert torch.equal(x.grad, expected)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_under_autocast(dtype: torch.dtype) -> None:
    """Autocast computes the linear layer in half precision; the reversal takes what comes."""
    x = torch.randn(4, 3, requires_grad=True)
    layer = nn.Linear(3, 2)
    with torch.autocast("cpu", dtype=dtype):
        hidden = layer(x)
        y = gradient_reversal(hidden, 0.375)
    assert y.dtype == dtype
    reversed_ = gradient(y, x, torch.ones_like(y))
    with torch.autocast("cpu", dtype=dtype):
        plain = layer(x)
    assert torch.equal(reversed_, gradient(plain, x, torch.full_like(plain, -0.375)))


def test_no_graph_without_grad_mode() -> None:
    x = normal(4, 3).requires_grad_()
    for mode in (torch.no_grad(), torch.inference_mode()):
        with mode:
            assert gradient_reversal(x).grad_fn is None
    assert gradient_reversal(x.detach()).grad_fn is None


@pytest.mark.parametrize("reentrant", [True, False])
def test_under_checkpoint(reentrant: bool) -> None:
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    y = checkpoint(lambda v: gradient_reversal(v, 0.375) * 2, x, use_reentrant=reentrant)
    y.backward(dy)
    assert x.grad is not None
    assert torch.equal(x.grad, -0.375 * (2 * dy))


def test_scale_may_be_set_again() -> None:
    layer = GradientReversal(1.0)
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    earlier = layer(x)
    layer.scale = 0.25
    later = layer(x)
    assert torch.equal(gradient(earlier, x, dy), -dy)
    assert torch.equal(gradient(later, x, dy), -0.25 * dy)


def test_repr() -> None:
    assert repr(GradientReversal(0.5)) == "GradientReversal(scale=0.5)"
    assert repr(MulScalar(0.5)) == "MulScalar(scalar=0.5)"
