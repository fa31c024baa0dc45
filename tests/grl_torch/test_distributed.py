"""DistributedDataParallel on two processes: the gradients of one process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from tests.grl_torch import processes
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


def _train(rank: int, name: str, form: str, compiled: bool) -> dict[str, Tensor]:
    model = DistributedDataParallel(network(name, form))
    call = torch.compile(model, backend="aot_eager") if compiled else model
    loss(call(samples().chunk(RANKS)[rank])).backward()
    return gradients(model.module)


@each_name
@each_form
def test_gradients_are_those_of_one_process(name: str, form: str) -> None:
    for found in on_each_rank(_train, name, form, False):
        assert same(found, expected_gradients(name))


@each_name
def test_compiled(name: str) -> None:
    for found in on_each_rank(_train, name, "module", True):
        assert same(found, expected_gradients(name))


def _sleeps(rank: int) -> None:
    time.sleep(60 * rank)


def test_a_rank_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one wrong test would hold up all."""
    assert on_each_rank(abs) == [0, 1]
    monkeypatch.setattr(processes, "SECONDS", 0.1)
    with pytest.raises(AssertionError, match=r"^rank 1 took longer than 0.1 s$"):
        on_each_rank(_sleeps)
    monkeypatch.undo()
    assert on_each_rank(abs) == [0, 1]


def _raises(rank: int) -> None:
    raise ValueError(f"of rank {rank}")


def test_what_a_rank_raises_is_told() -> None:
    with pytest.raises(AssertionError, match=r"(?s)^rank 0 raised:.*ValueError: of rank 0$"):
        on_each_rank(_raises)


def _dies(rank: int, times: int, marks: Path) -> int:
    """On rank 1, after rank 0 began to wait for it; rank 0 raises then."""
    if rank == 1 and len(list(marks.iterdir())) < times:
        (marks / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGSEGV)
    torch.distributed.barrier()
    return rank


def test_a_rank_that_dies_once_is_told_and_started_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "CRASHES", [])
    assert on_each_rank(_dies, 1, tmp_path) == [0, 1]
    (crash,) = processes.CRASHES
    assert "rank 1 died: SIGSEGV\nFatal Python error: Segmentation fault" in crash
    assert "in _dies" in crash  # in its stack


def test_a_rank_that_dies_twice_fails_its_test(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "CRASHES", [])
    with pytest.raises(AssertionError, match=r"^rank 1 died: SIGSEGV\n"):
        on_each_rank(_dies, 2, tmp_path)
    assert on_each_rank(abs) == [0, 1]
