"""What modules keep: an exact scale in state dicts, copies and pickles, whatever .half() does."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from grl_torch import GradientReversal, MulScalar, ShakeShake

MODULES = {"scale": GradientReversal, "scalar": MulScalar}
each_module = pytest.mark.parametrize(("name", "module"), MODULES.items(), ids=MODULES)
# float32 cannot hold the first, nor float16 the second.
each_number = pytest.mark.parametrize(
    "number", [1 / 3, torch.tensor([[0.1], [0.2]])], ids=["float", "per-sample"]
)


def _same(a: float | Tensor, b: float | Tensor) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    return type(a) is type(b) is float and a == b


def _saved_and_loaded(module: nn.Module, into: nn.Module) -> nn.Module:
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    into.load_state_dict(torch.load(file, weights_only=True))
    return into


@each_module
@each_number
@pytest.mark.parametrize("change", [nn.Module.half, nn.Module.bfloat16, nn.Module.double])
def test_number_survives_a_change_of_dtype(
    name: str, module: Any, number: Any, change: Callable[[nn.Module], nn.Module]
) -> None:
    network = nn.Sequential(nn.Linear(2, 2), module(number))
    assert _same(getattr(change(network)[1], name), number)  # type: ignore[index]


@each_module
@each_number
def test_state_dict_is_exact(name: str, module: Any, number: Any) -> None:
    network = nn.Sequential(nn.Linear(2, 2), module(number)).half()
    other = nn.Sequential(nn.Linear(2, 2), module(7.0)).half()
    _saved_and_loaded(network, other)
    assert _same(getattr(other[1], name), number)


@each_module
@each_number
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(name: str, module: Any, number: Any, duplicate: Any) -> None:
    layer = module(number)
    other = duplicate(layer)
    assert _same(getattr(other, name), number)
    setattr(other, name, 7.0)
    assert _same(getattr(layer, name), number)


@each_module
def test_has_no_parameters(name: str, module: Any) -> None:
    """An optimiser, or a count of weights, must see nothing."""
    layer = module(0.5)
    assert not list(layer.parameters())
    assert not list(layer.buffers())


@each_module
def test_bad_numbers_are_refused_at_once(name: str, module: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be finite, got inf$"):
        module(float("inf"))
    with pytest.raises(TypeError, match=f"^{name} must be a real number or a tensor, got str"):
        module("1")


def test_shake_shake_has_an_empty_state() -> None:
    layer = ShakeShake("shake-even", "batch")
    assert layer.state_dict() == {}
    assert not list(layer.parameters())


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_shake_shake_copies_go_on_with_the_same_draws(duplicate: Any) -> None:
    generator = torch.Generator().manual_seed(5)
    layer = ShakeShake("shake-keep", "batch", generator)
    ones, zeros = torch.ones(2, 3), torch.zeros(2, 3)
    layer(ones, zeros)
    other = duplicate(layer)
    assert (other.mode, other.level) == ("shake-keep", "batch")
    assert torch.equal(other(ones, zeros), layer(ones, zeros))
