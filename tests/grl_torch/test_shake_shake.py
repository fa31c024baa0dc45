"""shake_shake, the pure function, in PyTorch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from grl_torch import shake_shake
from tests.grl_torch.declared import normal


def _branches(*shape: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    return tuple(normal(*shape, dtype=dtype).requires_grad_() for _ in range(2))  # type: ignore[return-value]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_rounded_once(dtype: torch.dtype) -> None:
    x0, x1 = _branches(64, 7, dtype=dtype)
    alpha = torch.rand(64, 1)
    wide = alpha.double() * x0.double() + (1 - alpha.double()) * x1.double()
    # The sum in float32, which is then rounded to half, is off by less than half an ULP of
    # half precision and a little: rounding the products to half as well would be off by more.
    error = (shake_shake(x0, x1, alpha, 0.5).double() - wide).abs()
    ulp = torch.finfo(dtype).eps * wide.abs().log2().floor().exp2()
    assert (error <= 0.501 * ulp + torch.finfo(dtype).smallest_normal).all()


@pytest.mark.parametrize(
    ("x1", "message"),
    [
        (torch.ones(4, 3).half(), "x1 must have the dtype of x0, torch.float32, got torch.float16"),
        (torch.ones(4, 3, device="meta"), "x1 must have the device of x0, cpu, got meta"),
    ],
)
def test_branches_that_differ(x1: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=r"^x1 must") as raised:
        shake_shake(torch.ones(4, 3), x1, 0.5, 0.5)
    assert str(raised.value) == message


def test_second_branch_of_integers() -> None:
    wanted = "x1 must be a float16, bfloat16, float32 or float64 tensor, got "
    with pytest.raises(TypeError, match=f"^{wanted}"):
        shake_shake(torch.ones(4, 3), torch.ones(4, 3, dtype=torch.int64), 0.5, 0.5)
