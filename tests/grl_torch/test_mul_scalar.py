"""mul_scalar in PyTorch."""

from __future__ import annotations

import pytest
import torch

from grl_torch import MulScalar, mul_scalar
from tests.grl_torch.declared import gradient, normal, same_bits


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("scalar", [0.37, -1 / 3, 0.0, 1e3])
def test_agrees_with_native_multiplication(dtype: torch.dtype, scalar: float) -> None:
    x, dy = normal(64, 7, dtype=dtype).requires_grad_(), normal(64, 7, dtype=dtype)
    y, native = mul_scalar(x, scalar), x * scalar
    assert same_bits(y, native)
    assert same_bits(gradient(y, x, dy), gradient(native, x, dy))


def test_output_is_no_view() -> None:
    x = normal(4, 3).requires_grad_() * 1
    before = x.detach().clone()
    y = mul_scalar(x, 1.0)
    y.relu_()
    assert torch.equal(x, before)
    assert torch.equal(gradient(y, x, torch.ones_like(y)), (before > 0).to(x.dtype))


def test_channels_last_is_kept() -> None:
    x = normal(2, 3, 4, 5).to(memory_format=torch.channels_last).requires_grad_()
    y = mul_scalar(x, 0.5)
    assert y.stride() == x.stride()
    assert gradient(y, x, torch.ones_like(y)).stride() == x.stride()


def test_scalar_may_be_set_again() -> None:
    layer = MulScalar(2.0)
    x = normal(4, 3).requires_grad_()
    earlier = layer(x)
    layer.scalar = 0.25
    dy = normal(4, 3)
    assert torch.equal(gradient(earlier, x, dy), 2 * dy)
    assert torch.equal(layer(x), 0.25 * x)


def test_repr() -> None:
    assert repr(MulScalar(0.5)) == "MulScalar(scalar=0.5)"
