"""shake_shake, the pure function, in PyTorch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from grl_torch import shake_shake
from tests.grl_torch.declared import normal, same_bits


def _branches(*shape: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    return tuple(normal(*shape, dtype=dtype).requires_grad_() for _ in range(2))  # type: ignore[return-value]


def test_published_example() -> None:
    """The article on nnabla's PythonFunction; the numbers are RandomState(1223)'s first two."""
    x0 = torch.tensor([1.0], requires_grad=True)
    x1 = torch.tensor([2.0], requires_grad=True)
    y = shake_shake(x0, x1, 0.5290767986417101, 0.16335436356818256)
    y.backward()
    gradients = [x.grad.item() for x in (x0, x1) if x.grad is not None]
    assert y.item() == pytest.approx(1.4709232, abs=1e-7)
    assert gradients == pytest.approx([0.16335437, 0.83664566], abs=1e-7)


@pytest.mark.parametrize("wanted", [(True, False), (False, True)])
def test_one_wanted_gradient(wanted: tuple[bool, bool]) -> None:
    x0, x1 = (normal(4, 3).requires_grad_(want) for want in wanted)
    dy = normal(4, 3)
    shake_shake(x0, x1, 0.25, 0.375).backward(dy)
    for x, factor, want in zip((x0, x1), (0.375, 0.625), wanted, strict=True):
        if want:
            assert x.grad is not None
            assert torch.equal(x.grad, factor * dy)
        else:
            assert x.grad is None


def test_gradients_add_up_to_the_cotangent() -> None:
    x = normal(4, 3).requires_grad_()
    shake_shake(x, x, 0.25, 0.375).sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.ones_like(x))


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


def test_infinite_branches() -> None:
    """What the formula gives; a lerp gives NaN for two infinities of one sign."""
    inf = torch.tensor([float("inf")])
    assert shake_shake(inf, inf, 0.3, 0.5).item() == float("inf")
    assert shake_shake(torch.ones(1), inf, 0.3, 0.5).item() == float("inf")
    assert shake_shake(inf, -inf, 0.3, 0.5).isnan().all()


def test_no_overflow_at_the_largest_numbers() -> None:
    for dtype in (torch.float16, torch.float32, torch.float64):
        most = torch.full((3,), torch.finfo(dtype).max, dtype=dtype)
        assert same_bits(shake_shake(most, most, 0.5, 0.5), most)
        assert same_bits(shake_shake(most, -most, 0.5, 0.5), torch.zeros_like(most))


def test_channels_last_is_kept() -> None:
    x0, x1 = (normal(2, 3, 4, 5).to(memory_format=torch.channels_last) for _ in range(2))
    y = shake_shake(x0.requires_grad_(), x1, torch.rand(2, 1, 1, 1), 0.5)
    assert y.stride() == x0.stride()


@pytest.mark.parametrize("reentrant", [True, False])
def test_under_checkpoint(reentrant: bool) -> None:
    x0, x1 = _branches(4, 3)
    beta, dy = torch.rand(4, 1), normal(4, 3)
    y = checkpoint(lambda a, b: shake_shake(a, b, 0.25, beta), x0, x1, use_reentrant=reentrant)
    y.backward(dy)
    assert x0.grad is not None
    assert torch.equal(x0.grad, beta.double() * dy)


@pytest.mark.parametrize(
    ("x1", "message"),
    [
        (
            torch.ones(1, 3),
            "x1 must have the shape of x0, torch.Size([4, 3]), got torch.Size([1, 3])",
        ),
        (torch.ones(3), "x1 must have the shape of x0, torch.Size([4, 3]), got torch.Size([3])"),
        (torch.ones(4, 3).half(), "x1 must have the dtype of x0, torch.float32, got torch.float16"),
        (torch.ones(4, 3, device="meta"), "x1 must have the device of x0, cpu, got meta"),
    ],
)
def test_branches_that_differ(x1: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=r"^x1 must") as raised:
        shake_shake(torch.ones(4, 3), x1, 0.5, 0.5)
    assert str(raised.value) == message


@pytest.mark.parametrize("x1", [None, 1.0, torch.ones(4, 3, dtype=torch.int64)])
def test_second_branch_that_is_none(x1: Any) -> None:
    with pytest.raises(
        TypeError, match=r"^x1 must be a float16, bfloat16, float32 or float64 tensor, got "
    ):
        shake_shake(torch.ones(4, 3), x1, 0.5, 0.5)
