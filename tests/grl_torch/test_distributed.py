"""DistributedDataParallel and FSDP2 (fully_shard) on two processes: the gradients of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

from grl_torch import ShakeShake
from tests.grl_torch.networks import (
    each_form,
    each_name,
    expected_gradients,
    gradients,
    loss,
    network,
    same,
    samples,
)
from tests.grl_torch.processes import RANKS, on_each_rank
from tests.grl_torch.test_checkpoint import each_mode
from tests.grl_torch.versions import since

Wrap = Callable[[nn.Module], Any]


def _compiled(model: nn.Module) -> Any:
    return torch.compile(DistributedDataParallel(model), backend="aot_eager")


def _sharded(model: nn.Module, **options: Any) -> Any:
    for module in (*model.children(), model):
        fully_shard(module, mesh=init_device_mesh("cpu", (RANKS,)), **options)
    return model


def _half(model: nn.Module) -> Any:
    """In bfloat16 but for the gradients, which a hook makes sure of."""

    def check(module: nn.Module, inputs: Any, y: Tensor) -> None:
        assert y.dtype == torch.bfloat16

    model.get_submodule("1").register_forward_hook(check)
    return _sharded(model, mp_policy=MixedPrecisionPolicy(torch.bfloat16, torch.float32))


def _train(rank: int, name: str, form: str, wrap: Wrap) -> dict[str, Tensor]:
    model = network(name, form, torch.float32)
    run = wrap(model)
    loss(run(samples(torch.float32).chunk(RANKS)[rank]).float()).backward()
    return _whole(model)


def _whole(model: nn.Module) -> dict[str, Tensor]:
    found = gradients(model)
    return {k: v.full_tensor() if isinstance(v, DTensor) else v for k, v in found.items()}


averages = since("2.9", "gloo adds up where FSDP2 asks for the mean (pytorch issue 162338)")
each_wrap = pytest.mark.parametrize(
    "wrap", [DistributedDataParallel, pytest.param(_sharded, marks=averages)]
)


@each_wrap
@each_name
@each_form
def test_gradients_are_those_of_one_process(wrap: Wrap, name: str, form: str) -> None:
    for found in on_each_rank(_train, name, form, wrap):
        assert same(found, expected_gradients(name, torch.float32))


@each_name
def test_compiled(name: str) -> None:
    for found in on_each_rank(_train, name, "module", _compiled):
        assert same(found, expected_gradients(name, torch.float32))


@each_name
@each_form
def test_mixed_precision(name: str, form: str) -> None:
    found = on_each_rank(_train, name, form, _half)
    for ours, plain in zip(found, on_each_rank(_train, name, "plain", _half), strict=True):
        assert same(ours, plain)


class _Drawing(nn.Module):
    """The region that is checkpointed draws, and has a layer with parameters of its own."""

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


def _drawn(rank: int, wrap: Wrap, reentrant: bool | None) -> dict[str, Tensor]:
    """The gradients of two steps."""
    network = _Drawing(reentrant)
    run = wrap(network)
    for _ in range(2):
        run(torch.linspace(-2, 2, 24).reshape(8, 3)).square().sum().backward()
    return _whole(network)


@each_mode
@pytest.mark.parametrize("wrap", [DistributedDataParallel, _sharded])
def test_checkpoints_draw_the_same_again(wrap: Wrap, reentrant: bool) -> None:
    found, expected = (on_each_rank(_drawn, wrap, mode) for mode in (reentrant, None))
    assert all(map(same, found, expected))
