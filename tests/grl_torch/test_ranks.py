"""What ShakeShake draws on the ranks of a process group, which as a rule have one seed."""

from __future__ import annotations

import multiprocessing
import time
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Replicate, distribute_tensor

from grl_torch import ShakeShake
from tests.grl_torch import processes
from tests.grl_torch.declared import gradient
from tests.grl_torch.processes import RANKS, on_each_rank
from tests.grl_torch.versions import since

IMAGES = 16


def _drawn(layer: Any) -> tuple[Tensor, Tensor]:
    """alpha and beta of the layer's next call, one for each image."""
    ones = torch.ones(IMAGES, 1, requires_grad=True)
    y = layer(ones, torch.zeros_like(ones))
    return y.detach(), gradient(y, ones, torch.ones_like(y))


def _seeded(rank: int, level: str, compiled: bool) -> tuple[Tensor, Tensor, Tensor]:
    layer = ShakeShake(level=level)
    call = torch.compile(layer, backend="aot_eager", fullgraph=True) if compiled else layer
    alpha, beta = _drawn(call)
    return alpha, beta, torch.get_rng_state()


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("level", ["image", "batch"])
def test_one_seed_gives_each_rank_its_own(level: str, compiled: bool) -> None:
    (alpha_0, beta_0, state_0), (alpha_1, beta_1, state_1) = on_each_rank(_seeded, level, compiled)
    drawn = torch.cat((alpha_0, beta_0, alpha_1, beta_1))
    assert len(drawn.unique()) == (4 * IMAGES if level == "image" else 4)
    # Whatever else the ranks draw from that seed, such as first weights, stays the same.
    assert torch.equal(state_0, state_1)


def _with_generator(rank: int, seed: int | None) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(rank if seed is None else seed)
    return _drawn(ShakeShake(generator=generator))


def test_a_generator_is_used_as_it_is() -> None:
    (alpha_0, _), (alpha_1, _) = on_each_rank(_with_generator, 3)
    assert torch.equal(alpha_0, alpha_1)
    (alpha_0, _), (alpha_1, _) = on_each_rank(_with_generator, None)
    assert not torch.equal(alpha_0, alpha_1)


def _distributed_tensor(rank: int, level: str) -> tuple[Tensor, Tensor, Tensor]:
    mesh = init_device_mesh("cpu", (RANKS,))
    ones, zeros = (
        distribute_tensor(torch.full((IMAGES, 1), value), mesh, [Replicate()])
        for value in (1.0, 0.0)
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "DTensor random operators may not have complete support")
        y = ShakeShake(level=level)(ones.requires_grad_(), zeros)
    (beta,) = torch.autograd.grad(y, ones, torch.ones_like(y))
    assert isinstance(y, DTensor)
    assert isinstance(beta, DTensor)
    return y.to_local().detach(), beta.to_local(), torch.get_rng_state()


@since("2.10", "NotImplementedError: DTensor has no rule for aten.unbind")
@pytest.mark.parametrize("level", ["image", "batch"])
def test_a_distributed_tensor_has_one_draw_for_all_ranks(level: str) -> None:
    first, second = on_each_rank(_distributed_tensor, level)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert len(first[0].unique()) == (IMAGES if level == "image" else 1)
    assert not torch.equal(first[0], first[1])


def _fails(rank: int, failing: int) -> None:
    if rank == failing:
        raise ValueError(f"of rank {rank}")
    time.sleep(60)


def test_a_rank_that_raises_or_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one wrong test would hold up all. It is the last one, for it leaves no process behind
    that another test could use.
    """
    with pytest.raises(ValueError, match="of rank 0"):
        on_each_rank(_fails, 0)
    assert on_each_rank(abs) == [0, 1]
    monkeypatch.setattr(processes, "SECONDS", 0.1)
    with pytest.raises(multiprocessing.TimeoutError):
        on_each_rank(_fails, 1)
    assert not multiprocessing.active_children()
