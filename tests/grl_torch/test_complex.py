"""Complex numbers: the factor is real, so both parts are multiplied, and nothing is conjugated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import jvp

from grl_torch import gradient_reversal, mul_scalar, shake_shake
from tests.grl_torch.declared import gradient, normal

LAYERS: dict[str, tuple[Callable[[Tensor, Any], Tensor], int]] = {
    "gradient_reversal": (gradient_reversal, -1),
    "mul_scalar": (mul_scalar, 1),
}
each_layer = pytest.mark.parametrize(("layer", "sign"), LAYERS.values(), ids=LAYERS)
each_dtype = pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])


@each_layer
@each_dtype
@pytest.mark.parametrize("number", [0.37, torch.tensor(0.37), torch.rand(4, 1)])
def test_gradient(layer: Any, sign: int, dtype: torch.dtype, number: Any) -> None:
    x, dy = normal(4, 3, dtype=dtype).requires_grad_(), normal(4, 3, dtype=dtype)
    y = layer(x, number)
    dx = gradient(y, x, dy)
    assert y.dtype == dx.dtype == dtype
    wide = torch.float64 if dtype == torch.complex128 else torch.float32
    factor = sign * (number.to(wide) if isinstance(number, Tensor) else number)
    for part in (torch.real, torch.imag):
        assert torch.equal(part(dx), part(dy) * factor)
    tangent = jvp(lambda v: layer(v, number), (x.detach(),), (dy,))[1]
    assert torch.equal(tangent, dx)


@each_layer
def test_infinite_parts_stay_apart(layer: Any, sign: int) -> None:
    """PyTorch's product with a real number is that with number + 0i: 0 * inf is NaN there."""
    dy = torch.tensor([complex(float("inf"), 1.0), complex(-2.0, float("nan"))])
    x = torch.ones(2, dtype=torch.complex64, requires_grad=True)
    dx = gradient(layer(x, 0.5), x, dy)
    assert dx[0].item() == complex(sign * float("inf"), sign * 0.5)
    assert dx[1].real.item() == -sign
    assert dx[1].imag.isnan()


def test_shake_shake_refuses_them() -> None:
    x = torch.ones(2, dtype=torch.complex64)
    with pytest.raises(TypeError, match=r"^x0 must be a .* tensor, got torch\.complex64 tensor$"):
        shake_shake(x, x, 0.5, 0.5)


@each_layer
def test_layout_and_conjugates(layer: Any, sign: int) -> None:
    x = normal(2, 3, 4, 5, dtype=torch.complex64).to(memory_format=torch.channels_last)
    y = layer(x.requires_grad_(), 0.5)
    dx = gradient(y, x, torch.ones_like(y).conj())
    assert y.stride() == dx.stride() == x.stride()
    lazily = x.detach().conj().requires_grad_()
    torch.testing.assert_close(layer(lazily, 1.0), lazily)
