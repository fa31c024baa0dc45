"""DTensor on two processes: values and gradients of the whole tensor, for each placement."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor

from grl_torch import gradient_reversal, mul_scalar, shake_shake
from tests.grl_torch.declared import LAYERS
from tests.grl_torch.networks import each_name
from tests.grl_torch.processes import RANKS, on_each_rank

PLACEMENTS = {"batch": Shard(0), "features": Shard(1), "replicated": Replicate()}
each_placement = pytest.mark.parametrize("placement", PLACEMENTS.values(), ids=PLACEMENTS)
PER_SAMPLE = torch.tensor([[0.5], [0.25], [2.0], [0.375]], dtype=torch.float64)
CALLS: dict[str, Any] = {
    "gradient_reversal": gradient_reversal,
    "mul_scalar": mul_scalar,
    "shake_shake": lambda x, beta: shake_shake(x, torch.ones_like(x), beta, beta),
}


def _data() -> tuple[Tensor, Tensor]:
    return torch.arange(24.0, dtype=torch.float64).reshape(4, 6), torch.ones(4, 6).double() * 3


def _whole(y: Tensor, x: Tensor, dy: Tensor) -> tuple[Tensor, Tensor]:
    (dx,) = torch.autograd.grad(y, x, dy)
    assert isinstance(y, DTensor)
    assert isinstance(dx, DTensor)
    return y.full_tensor().detach(), dx.full_tensor()


def _run(rank: int, name: str, placement: Any, number: Any) -> tuple[Tensor, Tensor]:
    mesh = init_device_mesh("cpu", (RANKS,))
    x, dy = (distribute_tensor(data, mesh, [placement]) for data in _data())
    if isinstance(number, Tensor) and number.ndim:
        number = distribute_tensor(number, mesh, [Shard(0)])
    x.requires_grad_()
    return _whole(CALLS[name](x, number), x, dy)


@each_name
@each_placement
@pytest.mark.parametrize(
    "number", [0.375, torch.tensor(0.375), PER_SAMPLE], ids=["float", "tensor", "per-sample"]
)
def test_agrees_with_the_whole_tensor(name: str, placement: Any, number: Any) -> None:
    x, dy = _data()
    y = CALLS[name](x, number)
    for found_y, found_dx in on_each_rank(_run, name, placement, number):
        assert torch.equal(found_y, y)
        assert torch.equal(found_dx, LAYERS[name].factor(number) * dy)


def _mixed(rank: int, name: str) -> str:
    mesh: DeviceMesh = init_device_mesh("cpu", (RANKS,))
    x = distribute_tensor(_data()[0], mesh, [Shard(0)]).requires_grad_()
    try:
        CALLS[name](x, PER_SAMPLE).sum().backward()
    except RuntimeError as error:
        return str(error)
    return "no error"


@each_name
def test_numbers_per_sample_must_be_a_dtensor_too(name: str) -> None:
    for message in on_each_rank(_mixed, name):
        assert "got mixed torch.Tensor and DTensor" in message
