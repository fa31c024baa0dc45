"""A generator of its own under activation checkpointing, on two processes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Shard, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from grl_torch import ShakeShake
from tests.grl_torch.processes import RANKS, on_each_rank
from tests.grl_torch.test_checkpoint import each_mode
from tests.grl_torch.test_checkpoint_generator import Wrap, bare, seeded, shake, wrap


def _of_a_distributed_tensor(rank: int, reentrant: bool) -> bool:
    mesh = init_device_mesh("cpu", (RANKS,))

    def gradient(wrap: Wrap) -> Tensor:
        data = torch.linspace(-2, 2, 48).reshape(16, 3)
        x = distribute_tensor(data, mesh, [Shard(0)]).requires_grad_()
        block = shake(ShakeShake(generator=seeded()))
        wrap(lambda x: block(block(x)))(x).sum().backward()
        assert isinstance(x.grad, DTensor)
        return x.grad.full_tensor()

    x = torch.linspace(-2, 2, 48).reshape(16, 3).requires_grad_()
    block = shake(ShakeShake(generator=seeded()))
    block(block(x)).sum().backward()
    assert x.grad is not None
    return all(torch.equal(gradient(way), x.grad) for way in (bare, wrap(reentrant)))


@each_mode
def test_distributed_tensor(reentrant: bool) -> None:
    """The gradients of the whole tensor on one process, where the generators have one seed."""
    assert all(on_each_rank(_of_a_distributed_tensor, reentrant))


class _Network(nn.Module):
    """The region that is checkpointed holds a layer with parameters of its own."""

    def __init__(self, wrap: Wrap) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        block = shake(ShakeShake(generator=torch.Generator().manual_seed(3)))
        self.region = wrap(lambda x: self.second(block(x)))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.region(self.first(x))
        return y


def _gradients(network: nn.Module, model: nn.Module) -> list[Tensor]:
    """Of the parameters of ``network``, which ``model`` wraps; after two steps."""
    for _ in range(2):
        model(torch.linspace(-2, 2, 24).reshape(8, 3)).square().sum().backward()
    found = []
    for parameter in network.parameters():
        assert parameter.grad is not None
        gradient = parameter.grad
        found.append(gradient.full_tensor() if isinstance(gradient, DTensor) else gradient)
    return found


def _agree(rank: int, shards: bool, reentrant: bool) -> bool:
    def gradients(wrap: Wrap) -> list[Tensor]:
        network = _Network(wrap)
        if not shards:
            return _gradients(network, DistributedDataParallel(network))
        fully_shard(network, mesh=init_device_mesh("cpu", (RANKS,)))
        return _gradients(network, network)

    pairs = zip(gradients(wrap(reentrant)), gradients(bare), strict=True)
    return all(torch.equal(found, expected) for found, expected in pairs)


@each_mode
@pytest.mark.parametrize("shards", [False, True], ids=["DistributedDataParallel", "FSDP2"])
def test_data_parallel(shards: bool, reentrant: bool) -> None:
    assert all(on_each_rank(_agree, shards, reentrant))
