"""Each layer, as a function and as a module, in a small network; and what it has to agree with.

The weights, inputs and factors are small multiples of powers of 2, so that no sum is ever rounded
and gradients can be compared bit by bit, however the work is divided.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from grl_torch import GradientReversal, MulScalar, ShakeShake
from tests.grl_torch.declared import LAYERS

NUMBER = 0.375
SAMPLES = 8


class Called(nn.Module):
    """The function."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, x: Tensor) -> Tensor:
        return LAYERS[self.name].call(x, NUMBER)


class Mixed(nn.Module):
    """The module ShakeShake as a module of one input, with the coefficients that Called has."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = ShakeShake()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.mix(x, torch.ones_like(x), alpha=0.25, beta=NUMBER)
        return y


def value(name: str, x: Tensor) -> Tensor:
    """The forward pass in PyTorch's own operations."""
    if name == "shake_shake":
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        return (0.25 * wide + 0.75).to(x.dtype)
    return x * NUMBER if name == "mul_scalar" else x


class Plain(nn.Module):
    """The same values and gradients of PyTorch's own operations, without a custom Function."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, x: Tensor) -> Tensor:
        zero = x - x.detach()
        y: Tensor = value(self.name, x.detach()) + LAYERS[self.name].factor(NUMBER) * zero
        return y


def layer_module(name: str, form: str) -> nn.Module:
    if form == "plain":
        return Plain(name)
    if form == "function":
        return Called(name)
    modules = {"gradient_reversal": GradientReversal, "mul_scalar": MulScalar}
    return modules[name](NUMBER) if name in modules else Mixed()


def network(name: str, form: str, dtype: torch.dtype = torch.float64) -> nn.Sequential:
    """A linear layer, the layer, and a linear layer with a ReLU."""
    first, last = nn.Linear(3, 4), nn.Linear(4, 2)
    with torch.no_grad():
        for number, parameter in enumerate([*first.parameters(), *last.parameters()]):
            values = torch.arange(parameter.numel()) * (number + 2) % 5 - 2
            parameter.copy_(values.reshape(parameter.shape) / 4)
    return nn.Sequential(first, layer_module(name, form), nn.ReLU(), last).to(dtype)


def samples(dtype: torch.dtype = torch.float64) -> Tensor:
    return (torch.arange(3 * SAMPLES) % 7 - 3).reshape(SAMPLES, 3).to(dtype)


def loss(y: Tensor) -> Tensor:
    """Not linear, so that each sample has a cotangent of its own."""
    return y.square().sum(dim=1).mean()


def gradients(model: nn.Module) -> dict[str, Tensor]:
    found = {}
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        found[name] = parameter.grad
    return found


def expected_gradients(name: str, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    """Those of one process, of all samples at once, without a custom Function."""
    model = network(name, "plain", dtype)
    loss(model(samples(dtype))).backward()
    found = gradients(model)
    assert all(gradient.any() for gradient in found.values())
    return found


def same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    return found.keys() == expected.keys() and all(
        torch.equal(found[name], expected[name]) for name in expected
    )


each_name = pytest.mark.parametrize("name", LAYERS)
each_form = pytest.mark.parametrize("form", ["function", "module"])
