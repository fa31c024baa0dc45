"""Copies, pickles, saved states and functional calls of whole networks: the same gradients."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from tests.grl_torch.networks import (
    NUMBER,
    each_form,
    each_name,
    expected_gradients,
    gradients,
    layer_module,
    loss,
    network,
    same,
    samples,
)


def _state_dict(model: nn.Module, name: str, form: str) -> nn.Module:
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    other = network(name, form)
    for parameter in other.parameters():
        nn.init.zeros_(parameter)
    for attribute in ("scale", "scalar"):
        if hasattr(other[1], attribute):
            setattr(other[1], attribute, 7.0)
    other.load_state_dict(torch.load(file, weights_only=True))
    return other


COPIES: dict[str, Callable[[nn.Module, str, str], nn.Module]] = {
    "deepcopy": lambda model, *_: copy.deepcopy(model),
    "pickle": lambda model, *_: pickle.loads(pickle.dumps(model)),
    "state_dict": _state_dict,
    "half and back": lambda model, *_: model.half().double(),
    "to": lambda model, *_: model.to("cpu", torch.float32, memory_format=torch.channels_last).to(
        torch.float64
    ),
}


@each_name
@each_form
@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_copies(name: str, form: str, duplicate: Any) -> None:
    model = duplicate(network(name, form), name, form)
    loss(model(samples())).backward()
    assert same(gradients(model), expected_gradients(name))


@each_name
@each_form
def test_functional_call(name: str, form: str) -> None:
    model = network(name, form)
    parameters = {key: value.detach().clone() for key, value in model.named_parameters()}
    for parameter in model.parameters():
        nn.init.zeros_(parameter)

    def run(parameters: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        return loss(functional_call(model, parameters, (x,)))

    assert same(grad(run)(parameters, samples()), expected_gradients(name))
    # A gradient for each sample: their mean is that of the batch.
    each = vmap(grad(run), (None, 0), randomness="different")(parameters, samples().unsqueeze(1))
    assert same({key: value.mean(0) for key, value in each.items()}, expected_gradients(name))


@each_name
@each_form
def test_batched_cotangents(name: str, form: str) -> None:
    x = samples().requires_grad_()
    y = layer_module(name, form)(x)
    dys = torch.arange(5 * y.numel(), dtype=y.dtype).reshape(5, *y.shape)
    (found,) = torch.autograd.grad(y, x, dys, is_grads_batched=True)
    (unit,) = torch.autograd.grad(layer_module(name, "plain")(x).sum(), x)
    assert unit.unique().abs().tolist() == [NUMBER]
    assert torch.equal(found, unit * dys)
