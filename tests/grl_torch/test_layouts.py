"""Memory layouts, and tensors without data: what PyTorch's own operations give for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from tests.grl_torch.declared import gradient, normal, same_bits
from tests.grl_torch.networks import each_form, each_name, layer_module, value

LAYOUTS: dict[str, Callable[[], Tensor]] = {
    "contiguous": lambda: normal(2, 3, 4, 5),
    "channels_last": lambda: normal(2, 3, 4, 5).to(memory_format=torch.channels_last),
    "channels_last_3d": lambda: normal(2, 3, 2, 4, 5).to(memory_format=torch.channels_last_3d),
    "transposed": lambda: normal(5, 4).T,
    "strided": lambda: normal(6, 8)[::2, 1::3],
    "expanded": lambda: normal(1, 3).expand(4, 3),
    "0-d": normal,
    "empty": lambda: normal(0, 3),
    "no samples": lambda: normal(2, 0, 3),
}
each_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


@each_name
@each_form
@each_layout
def test_layout(name: str, form: str, layout: Callable[[], Tensor]) -> None:
    x = layout().detach().requires_grad_()
    y = layer_module(name, form)(x)
    plain = layer_module(name, "plain")(x)
    assert same_bits(y, plain)
    assert y.stride() == value(name, x).stride()
    # The cotangent has the layout too, and then one that a sum gives: a number that is expanded.
    for dy in (layout(), torch.ones((), dtype=x.dtype).expand_as(y)):
        dx, expected = gradient(y, x, dy), gradient(plain, x, dy)
        assert same_bits(dx, expected)
        assert dx.stride() == expected.stride()
        y, plain = layer_module(name, form)(x), layer_module(name, "plain")(x)


@each_name
@each_form
@each_layout
def test_meta(name: str, form: str, layout: Callable[[], Tensor]) -> None:
    x = layout().detach()
    meta = torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device="meta")
    meta.requires_grad_()
    y = layer_module(name, form)(meta)
    dx = gradient(y, meta, torch.empty_like(y))
    for tensor in (y, dx):
        assert (tensor.device.type, tensor.dtype, tensor.shape) == ("meta", x.dtype, x.shape)


@each_name
@each_form
@each_layout
def test_fake(name: str, form: str, layout: Callable[[], Tensor]) -> None:
    real = layout().detach().requires_grad_()
    with FakeTensorMode() as mode:
        x = mode.from_tensor(real)
        y = layer_module(name, form)(x)
        dx = gradient(y, x, torch.ones_like(y))
    expected = layer_module(name, form)(real)
    for tensor, model in ((y, expected), (dx, gradient(expected, real, torch.ones_like(expected)))):
        assert type(tensor) is type(x)
        assert (tensor.device, tensor.dtype) == (real.device, real.dtype)
        assert (tensor.shape, tensor.stride()) == (model.shape, model.stride())
