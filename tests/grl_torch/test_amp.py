"""Mixed precision: autocast, GradScaler, and modules that are cast themselves."""

from __future__ import annotations

import pytest
import torch

from tests.grl_torch.declared import gradient, normal, same_bits
from tests.grl_torch.networks import (
    each_form,
    each_name,
    gradients,
    layer_module,
    loss,
    network,
    same,
    samples,
)

HALVES = [torch.bfloat16, torch.float16]
each_half = pytest.mark.parametrize("half", HALVES, ids=str)
each_dtype = pytest.mark.parametrize("dtype", [*HALVES, torch.float32, torch.float64], ids=str)


def _trained(name: str, form: str, half: torch.dtype) -> dict[str, torch.Tensor]:
    model = network(name, form, torch.float32)
    with torch.autocast("cpu", half):
        y = model(samples(torch.float32))
    assert y.dtype == half
    loss(y.float()).backward()
    return gradients(model)


@each_name
@each_form
@each_half
def test_autocast(name: str, form: str, half: torch.dtype) -> None:
    """The linear layer before gives half precision; what a layer takes, it also gives."""
    assert same(_trained(name, form, half), _trained(name, "plain", half))


@each_name
@each_form
@pytest.mark.parametrize("overflow", [False, True], ids=["finite", "overflow"])
def test_grad_scaler(name: str, form: str, overflow: bool) -> None:
    """Gradients are scaled and unscaled without a trace; a step with an overflow is left out."""
    model = network(name, form, torch.float32)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127 if overflow else 2.0**8)
    before = {key: value.clone() for key, value in model.state_dict().items() if key[0] != "1"}
    # Eight times the largest power of 2 is not finite any more.
    scaler.scale(8 * loss(model(samples(torch.float32)))).backward()
    scaler.unscale_(optimizer)
    found = gradients(model)
    scaler.step(optimizer)
    scaler.update()
    after = {key: value for key, value in model.state_dict().items() if key in before}
    assert same(after, before) is overflow
    if overflow:
        assert scaler.get_scale() == 2.0**126
    else:
        plain = network(name, "plain", torch.float32)
        (8 * loss(plain(samples(torch.float32)))).backward()
        assert same(found, gradients(plain))


@each_name
@each_form
@each_dtype
def test_dtypes(name: str, form: str, dtype: torch.dtype) -> None:
    x, dy = normal(4, 3, dtype=dtype).requires_grad_(), normal(4, 3, dtype=dtype)
    y = layer_module(name, form)(x)
    plain = layer_module(name, "plain")(x)
    assert same_bits(y, plain)
    assert same_bits(gradient(y, x, dy), gradient(plain, x, dy))
