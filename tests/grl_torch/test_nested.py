"""Nested tensors: the jagged layout works, and the older strided one is refused by PyTorch."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor

from grl_torch import ShakeShake
from tests.grl_torch.declared import Declared, each_layer
from tests.grl_torch.networks import each_form, each_name, layer_module

LENGTHS = (2, 4, 1)


def _parts(value: float | None = None) -> list[Tensor]:
    return [
        torch.arange(3.0 * length).reshape(length, 3)
        if value is None
        else torch.full((length, 3), value)
        for length in LENGTHS
    ]


def _jagged(parts: list[Tensor], **kwargs: Any) -> Tensor:
    return torch.nested.nested_tensor(parts, layout=torch.jagged, **kwargs)


def _like(x: Any, parts: list[Tensor]) -> Tensor:
    """Nested as x is: PyTorch takes two tensors with the same lengths for different ones."""
    return torch.nested.nested_tensor_from_jagged(torch.cat(parts), x.offsets())


@each_name
@each_form
def test_jagged(name: str, form: str) -> None:
    parts = _parts()
    x = _jagged(parts, requires_grad=True)
    y = layer_module(name, form)(x)
    dys = [torch.arange(3.0 * length).reshape(length, 3) + 1 for length in LENGTHS]
    (dx,) = torch.autograd.grad(y, x, _like(x, dys))
    for part, dy, found_y, found_dx in zip(parts, dys, y.unbind(), dx.unbind(), strict=True):
        leaf = part.clone().requires_grad_()
        plain = layer_module(name, "plain")(leaf)
        assert torch.equal(found_y, plain)
        assert torch.equal(found_dx, torch.autograd.grad(plain, leaf, dy)[0])


@each_layer
def test_jagged_with_a_number_for_each_sample(layer: Declared) -> None:
    x = _jagged(_parts(), requires_grad=True)
    numbers = torch.tensor([0.5, 0.25, 2.0]).reshape(3, 1, 1)
    (dx,) = torch.autograd.grad(layer.call(x, numbers), x, _like(x, _parts(3.0)))
    for part, number in zip(dx.unbind(), numbers.flatten().tolist(), strict=True):
        assert torch.equal(part, torch.full_like(part, layer.factor(number) * 3.0))


def test_each_sample_of_a_jagged_tensor_draws_its_own() -> None:
    x = _jagged(_parts(1.0), requires_grad=True)
    y = ShakeShake()(x, torch.zeros_like(x))
    (dx,) = torch.autograd.grad(y, x, torch.ones_like(y))
    drawn = [part.unique() for part in (*y.unbind(), *dx.unbind())]
    assert [len(numbers) for numbers in drawn] == [1] * 6
    assert len(torch.cat(drawn).unique()) == 6


def test_jagged_with_more_branches() -> None:
    xs = [_jagged(_parts(1.0), requires_grad=True)]
    xs += [(factor * xs[0].detach()).requires_grad_() for factor in (2, 4)]
    beta = torch.tensor([0.5, 0.25, 0.125]).reshape(3, 1, 1)
    y = ShakeShake()(*xs, alpha=(0.75, 0.125), beta=(0.25, beta))
    dxs = torch.autograd.grad(y, xs, torch.ones_like(y))
    betas = ([0.25] * 3, [0.5, 0.25, 0.125], [0.25, 0.5, 0.625])
    mixed = 0.75 * 1 + 0.125 * 2 + 0.125 * 4
    for found, expected in zip((y, *dxs), ([mixed] * 3, *betas), strict=True):
        for part, number in zip(found.unbind(), expected, strict=True):
            assert torch.equal(part, torch.full_like(part, number))
    drawn = ShakeShake()(*xs)
    assert len(torch.cat([part.unique() for part in drawn.unbind()])) == len(LENGTHS)


@each_name
@each_form
def test_strided_is_refused(name: str, form: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The PyTorch API of nested tensors is in prototype")
        x = torch.nested.nested_tensor(_parts(), requires_grad=True)
        with pytest.raises(RuntimeError, match="NestedTensorImpl doesn't support sizes"):
            layer_module(name, form)(x)
