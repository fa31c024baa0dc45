"""The factor of a module is a buffer: exact whatever casts, saves, moves or copies the module."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from grl_torch import GradientReversal, ShakeShake
from tests.grl_torch.declared import gradient
from tests.grl_torch.factor_modules import each_module, each_number, holds, saved_and_loaded

CASTS: dict[str, Callable[[nn.Module], object]] = {
    "half": lambda m: m.half(),
    "bfloat16": lambda m: m.bfloat16(),
    "double": lambda m: m.double(),
    "to": lambda m: m.to("cpu", torch.float16),
    "type": lambda m: m.type(torch.float16),
    "share_memory": lambda m: m.share_memory(),
    "to_empty": lambda m: m.to_empty(device="cpu"),
}


@each_module
@each_number
@pytest.mark.parametrize("cast", CASTS.values(), ids=CASTS)
def test_casts_leave_it_alone(name: str, module: Any, number: Any, cast: Any) -> None:
    # A tensor of its own, because sharing is for good.
    number = copy.deepcopy(number)
    network = nn.Sequential(nn.Linear(2, 2), module(number))
    before = getattr(network[1], name)
    cast(network)
    assert getattr(network[1], name) is before
    assert holds(network[1], name, number)
    assert before.is_shared() is (cast is CASTS["share_memory"])


@each_module
@each_number
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(name: str, module: Any, number: Any, duplicate: Any) -> None:
    layer = module(number)
    other = duplicate(layer)
    assert holds(other, name, number)
    setattr(other, name, 7.0)
    getattr(other, name).fill_(5.0)
    assert holds(layer, name, number)
    assert holds(other, name, 5.0)


@each_module
def test_written_and_assigned(name: str, module: Any) -> None:
    """An assignment takes nothing from whoever holds the old tensor."""
    tensor = torch.tensor(0.5)
    layer = module(tensor)
    assert getattr(layer, name) is tensor
    tensor.fill_(0.25)
    assert holds(layer, name, torch.tensor(0.25))
    setattr(layer, name, 1 / 3)
    assert holds(layer, name, 1 / 3)
    assert tensor == 0.25
    with torch.no_grad():
        getattr(layer, name).mul_(2)
    assert holds(layer, name, 2 / 3)
    layer.fill(0.1)
    assert holds(layer, name, 0.1)
    setattr(layer, name, tensor)
    layer.fill(0.1)
    assert holds(layer, name, torch.tensor(0.1))


REFUSED = [True, "1", None, float("nan"), float("inf"), 10**400]


@each_module
@pytest.mark.parametrize("value", REFUSED, ids=lambda value: repr(value)[:8])
def test_bad_numbers_are_refused_at_once(name: str, module: Any, value: Any) -> None:
    layer = module(0.5)
    for refuse in (module, lambda value: setattr(layer, name, value), layer.fill):
        with pytest.raises(
            (TypeError, ValueError), match=f"^{name} must be (finite|a real number)"
        ):
            refuse(value)
    assert holds(layer, name, 0.5)


WRITES: dict[str, Callable[[Tensor], object]] = {
    "fill_": lambda scale: scale.fill_(2.0),
    "data": lambda scale: scale.data.fill_(2.0),
    "new data": lambda scale: setattr(scale, "data", torch.tensor(2.0, dtype=scale.dtype)),
    "numpy": lambda scale: scale.numpy().fill(2.0),
    "dlpack": lambda scale: torch.utils.dlpack.from_dlpack(scale).fill_(2.0),
    "set_": lambda scale: scale.set_(torch.tensor(2.0, dtype=scale.dtype).untyped_storage()),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("number", [0.5, torch.tensor(0.5)], ids=["float", "tensor"])
def test_every_way_to_write_is_seen(write: Callable[[Tensor], object], number: Any) -> None:
    """Some leave the version of a tensor as it is, as a moving average that takes .data does."""
    layer = GradientReversal(copy.deepcopy(number))
    write(layer.get_buffer("scale"))
    x = torch.ones(3, requires_grad=True)
    assert gradient(layer(x), x, torch.ones(3)).tolist() == [-2.0] * 3
    assert "2" in repr(layer)


def test_a_plain_number_takes_no_operation() -> None:
    """So the call stays as quick as with a float."""
    layer = GradientReversal(0.5)
    loaded = saved_and_loaded(layer, GradientReversal(1.0))
    for same in (layer, copy.deepcopy(layer), loaded, layer.half(), layer.share_memory()):
        assert type(same.factor()) is float  # type: ignore[operator]
        assert same.factor() == 0.5  # type: ignore[operator]
    assert GradientReversal(torch.tensor([[0.5]])).factor().shape == (1, 1)  # type: ignore[union-attr]


@each_module
def test_meta_device(name: str, module: Any) -> None:
    with torch.device("meta"):
        layers = nn.Sequential(module(0.3), module(torch.tensor(0.3, device="cpu")))
    assert getattr(layers[0], name).is_meta
    layers.to_empty(device="cpu")
    assert holds(layers[0], name, 0.3)
    assert holds(layers[1], name, torch.tensor(0.3))
    back = nn.Sequential(module(0.3)).to("meta").to_empty(device="cpu")
    assert holds(back[0], name, 0.3)
    loaded = nn.Sequential(module(7.0)).to("meta")
    loaded.load_state_dict(nn.Sequential(module(0.3)).state_dict(), assign=True)
    assert holds(loaded[0], name, 0.3)


def test_made_in_inference_mode() -> None:
    """Its tensors have no version to tell whether they have been changed."""
    with torch.inference_mode():
        layer = GradientReversal(0.5)
    assert holds(layer, "scale", 0.5)
    layer.scale = 0.25
    assert holds(layer, "scale", 0.25)


def test_a_subclass_keeps_the_name() -> None:
    class Mine(GradientReversal):
        pass

    assert holds(Mine(0.5), "scale", 0.5)


def test_a_device_without_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    """MPS refuses it: the number stays on the CPU, and everything else moves."""
    to: Any = Tensor.to

    def refusing(tensor: Tensor, *arguments: Any, **more: Any) -> Any:
        if tensor.dtype == torch.float64:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        return to(tensor, *arguments, **more)

    layer = GradientReversal(1 / 3)
    monkeypatch.setattr(Tensor, "to", refusing)
    layer._apply(lambda tensor: tensor.to("meta"))  # stands for the other device
    monkeypatch.undo()
    assert holds(layer, "scale", 1 / 3)


def test_shake_shake_has_an_empty_state() -> None:
    layer = ShakeShake("shake-even", "batch")
    assert layer.state_dict() == {}
    assert not list(layer.parameters())
