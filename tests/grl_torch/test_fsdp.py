"""FSDP2 (fully_shard) on two processes: the gradients of one process, from sharded parameters."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor

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
from tests.grl_torch.versions import since


def _train(rank: int, name: str, form: str, half: bool) -> tuple[dict[str, Tensor], str]:
    mesh = init_device_mesh("cpu", (RANKS,))
    policy = MixedPrecisionPolicy(torch.bfloat16, torch.float32) if half else MixedPrecisionPolicy()
    model = network(name, form, torch.float32)
    seen = []
    model[1].register_forward_hook(lambda module, inputs, y: seen.append(str(y.dtype)))
    for module in (*model, model):
        fully_shard(module, mesh=mesh, mp_policy=policy)
    assert isinstance(model, FSDPModule)
    loss(model(samples(torch.float32).chunk(RANKS)[rank]).float()).backward()
    whole = {}
    for key, gradient in gradients(model).items():
        assert isinstance(gradient, DTensor)
        whole[key] = gradient.full_tensor()
    return whole, seen[0]


@since("2.9", "gloo adds up where FSDP2 asks for the mean, in any model (pytorch issue 162338)")
@each_name
@each_form
def test_gradients_are_those_of_one_process(name: str, form: str) -> None:
    for found, _ in on_each_rank(_train, name, form, False):
        assert same(found, expected_gradients(name, torch.float32))


@each_name
@each_form
def test_mixed_precision(name: str, form: str) -> None:
    found = on_each_rank(_train, name, form, True)
    expected = on_each_rank(_train, name, "plain", True)
    for (ours, dtype), (plain, _) in zip(found, expected, strict=True):
        assert dtype == "torch.bfloat16"
        assert same(ours, plain)
