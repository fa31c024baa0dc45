"""Layers that draw under activation checkpointing, on two processes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

from grl_torch import ShakeShake
from tests.grl_torch.processes import RANKS, on_each_rank
from tests.grl_torch.test_checkpoint import each_mode


class _Network(nn.Module):
    """The region that is checkpointed holds a layer with parameters of its own."""

    def __init__(self, reentrant: bool | None) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.mix = ShakeShake()
        self.reentrant = reentrant

    def region(self, x: Tensor) -> Tensor:
        y: Tensor = self.second(self.mix(x.tanh(), x.cos()).sin())
        return y

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.first(x)
        if self.reentrant is None:
            return self.region(y)
        return checkpoint(self.region, y, use_reentrant=self.reentrant)  # type: ignore[no-any-return]


def _gradients(shards: bool, reentrant: bool | None) -> list[Tensor]:
    """Of the parameters after two steps."""
    network = _Network(reentrant)
    if shards:
        fully_shard(network, mesh=init_device_mesh("cpu", (RANKS,)))
    model = network if shards else DistributedDataParallel(network)
    for _ in range(2):
        model(torch.linspace(-2, 2, 24).reshape(8, 3)).square().sum().backward()
    found = []
    for parameter in network.parameters():
        assert parameter.grad is not None
        gradient = parameter.grad
        found.append(gradient.full_tensor() if isinstance(gradient, DTensor) else gradient)
    return found


def _agree(rank: int, shards: bool, reentrant: bool) -> bool:
    pairs = zip(_gradients(shards, reentrant), _gradients(shards, None), strict=True)
    return all(torch.equal(found, expected) for found, expected in pairs)


@each_mode
@pytest.mark.parametrize("shards", [False, True], ids=["DistributedDataParallel", "FSDP2"])
def test_data_parallel(shards: bool, reentrant: bool) -> None:
    assert all(on_each_rank(_agree, shards, reentrant))
