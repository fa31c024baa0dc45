"""Two processes with a process group over gloo, started once for all tests that need them."""

from __future__ import annotations

import atexit
import faulthandler
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import distributed as dist
from torch import multiprocessing

RANKS = 2
SECONDS = 60.0  # for a start and a job, each of which takes a second or two
Result = TypeVar("Result")


def on_each_rank(function: Callable[..., Result], *arguments: Any) -> list[Result]:
    """What ``function(rank, *arguments)`` returns on each rank, after ``torch.manual_seed(0)``.

    Args:
        function: one that can be pickled, so defined at the top of a module.
        arguments: these are pickled too, and so is what is returned.

    Raises:
        TimeoutError: a rank hangs, or has died: then its stacks are on stderr.
        Exception: what it raised on a rank.

    The processes are ended where something is raised, and the next call starts new ones.
    """
    world = _world()
    try:
        jobs = [
            pool.apply_async(_seeded, (function, rank, *arguments))
            for rank, pool in enumerate(world.pools)
        ]
        return [job.get(SECONDS) for job in jobs]
    except BaseException:
        world.end()
        _world.cache_clear()
        raise


class _World:
    """A pool of one process for each rank, and a folder for them to meet in."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        context = multiprocessing.get_context("spawn")  # a fork would inherit PyTorch's locks
        self.pools = [context.Pool(1, _join, (self.folder.name, rank)) for rank in range(RANKS)]

    def end(self) -> None:
        for pool in self.pools:
            pool.terminate()
        self.folder.cleanup()


@cache
def _world() -> _World:
    world = _World()
    atexit.register(world.end)
    return world


def _join(folder: str, rank: int) -> None:
    faulthandler.enable()
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        init_method=Path(folder, "store").as_uri(),
        rank=rank,
        world_size=RANKS,
        timeout=timedelta(seconds=SECONDS / 2),
    )


def _seeded(function: Callable[..., Result], rank: int, *arguments: Any) -> Result:
    torch.manual_seed(0)
    return function(rank, *arguments)
