"""States of networks with a factor: saved, of version 0.1, incomplete, averaged, stacked."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.optim.swa_utils import AveragedModel

from grl_torch import GradientReversal
from tests.grl_torch.declared import gradient
from tests.grl_torch.factor_modules import (
    NUMBERS,
    each_module,
    each_number,
    holds,
    saved_and_loaded,
)


@each_module
@each_number
def test_state_dict_is_exact(name: str, module: Any, number: Any) -> None:
    network = nn.Sequential(nn.Linear(2, 2), module(number)).half()
    fresh = torch.zeros_like(number) if isinstance(number, Tensor) else 7.0
    other = nn.Sequential(nn.Linear(2, 2), module(fresh)).half()
    assert all(isinstance(value, Tensor) for value in network.state_dict().values())
    saved_and_loaded(network, other)
    assert holds(other[1], name, number)


@each_module
@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_checkpoint_of_version_0_1(name: str, module: Any, number: Any) -> None:
    """It held the factor as extra state."""
    old = {"1._extra_state": {name: number}}
    network = nn.Sequential(nn.ReLU(), module(7.0))
    network.load_state_dict(old)
    exact = torch.as_tensor(number, dtype=torch.float64)
    assert torch.equal(getattr(network[1], name), exact)
    kept = torch.zeros_like(exact, dtype=torch.float32)
    network = nn.Sequential(nn.ReLU(), module(kept))
    network.load_state_dict(old)
    assert getattr(network[1], name) is kept
    assert torch.equal(kept, exact.float())


@each_module
def test_checkpoint_without_the_factor(name: str, module: Any) -> None:
    network = nn.Sequential(nn.ReLU(), module(0.3))
    with pytest.warns(UserWarning, match=rf"^no 1\.{name} in the state_dict: it stays 0\.3$"):
        network.load_state_dict({})
    assert holds(network[1], name, 0.3)
    network = nn.Sequential(nn.ReLU(), module(0.3, persistent=False))
    assert network.state_dict() == {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network.load_state_dict({})
    assert holds(network[1], name, 0.3)


def test_models_side_by_side() -> None:
    """A float that is no state would be the first model's for all of them."""
    models = [nn.Sequential(nn.Linear(1, 1, bias=False), GradientReversal(s)) for s in (0.0, 1.0)]
    parameters, buffers = stack_module_state(models)

    def run(parameters: Any, buffers: Any, x: Tensor) -> Tensor:
        y: Tensor = functional_call(models[0], (parameters, buffers), (x,))
        return y.sum()

    found = vmap(grad(run), (0, 0, None))(parameters, buffers, torch.ones(1, 1))
    assert found["0.weight"].flatten().tolist() == [-0.0, -1.0]


def test_averages() -> None:
    models = [nn.Sequential(nn.Linear(1, 1), GradientReversal(s)) for s in (0.25, 0.75)]
    states = [model.state_dict() for model in models]
    mean = {key: sum(state[key] for state in states) / 2 for key in states[0]}
    models[0].load_state_dict(mean)
    assert holds(models[0][1], "scale", 0.5)
    averaged: Any = AveragedModel(models[0], use_buffers=True)
    for model in models:
        averaged.update_parameters(model)
    assert holds(averaged.module[1], "scale", 0.625)
    assert all(value.dtype.is_floating_point for value in states[0].values())


@pytest.mark.parametrize("strict", [False, True])
def test_an_exported_program_follows_the_tensor(strict: bool) -> None:
    layer = GradientReversal(torch.tensor(0.5))
    program = torch.export.export(layer, (torch.ones(3),), strict=strict).module()
    x = torch.ones(3, requires_grad=True)
    found = []
    for scale in (0.5, 2.0, 3.0):
        layer.scale.fill_(scale)  # type: ignore[operator]
        layer.load_state_dict(layer.state_dict())
        found += gradient(program(x), x, torch.ones(3)).unique().tolist()
    assert found == [-0.5, -2.0, -3.0]


def test_a_part_of_a_state() -> None:
    """What lacks more than the factor is reported by PyTorch, with no word of ours."""
    network = nn.Sequential(nn.Linear(2, 2), GradientReversal(0.3), nn.Linear(2, 2))
    part = network[2].state_dict(prefix="2.")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        missing, _ = network.load_state_dict(part, strict=False)
    assert missing == ["0.weight", "0.bias", "1.scale"]
