"""ScaleScheduler finds the reversals inside of what distributed training wraps around a model."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel

from grl_torch.scheduler import ScaleScheduler
from tests.grl_torch.networks import (
    NUMBER,
    expected_gradients,
    gradients,
    loss,
    network,
    same,
    samples,
)
from tests.grl_torch.processes import RANKS, on_each_rank
from tests.grl_torch.versions import since


def _sharded(model: nn.Sequential) -> nn.Module:
    for module in (*model, model):
        fully_shard(module, mesh=init_device_mesh("cpu", (RANKS,)))
    return model


def _train(rank: int, wrap: Callable[[nn.Sequential], nn.Module]) -> dict[str, Tensor]:
    model = network("gradient_reversal", "module", torch.float32)
    wrapped = wrap(model)
    scheduler = ScaleScheduler(wrapped, lambda progress: progress * NUMBER, 2)
    for _ in range(2):
        scheduler.step()
    loss(wrapped(samples(torch.float32).chunk(RANKS)[rank])).backward()
    found = gradients(model)
    return {k: v.full_tensor() if isinstance(v, DTensor) else v for k, v in found.items()}


averages = since("2.9", "gloo adds up where FSDP2 asks for the mean (pytorch issue 162338)")


@pytest.mark.parametrize("wrap", [DistributedDataParallel, pytest.param(_sharded, marks=averages)])
def test_scheduled(wrap: Callable[[nn.Sequential], nn.Module]) -> None:
    for found in on_each_rank(_train, wrap):
        assert same(found, expected_gradients("gradient_reversal", torch.float32))
