"""mul_scalar in PyTorch."""

from __future__ import annotations

import pytest
import torch

from grl_torch import mul_scalar
from tests.grl_torch.declared import gradient, normal, same_bits


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("scalar", [0.37, -1 / 3, 0.0, 1e3])
def test_agrees_with_native_multiplication(dtype: torch.dtype, scalar: float) -> None:
    x, dy = normal(64, 7, dtype=dtype).requires_grad_(), normal(64, 7, dtype=dtype)
    y, native = mul_scalar(x, scalar), x * scalar
    assert same_bits(y, native)
    assert same_bits(gradient(y, x, dy), gradient(native, x, dy))
