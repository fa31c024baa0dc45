"""Two processes with a process group over gloo, started once for all tests that need them."""

from __future__ import annotations

import atexit
import tempfile
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from multiprocessing.connection import Connection
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
        AssertionError: it raised on a rank, or a rank took too long. The processes are ended
            then, and the next call starts new ones.
    """
    world = _world()
    try:
        return world.run(function, arguments)
    except BaseException:
        world.end()
        _world.cache_clear()
        raise


class _World:
    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        context = multiprocessing.get_context("spawn")  # a fork would inherit PyTorch's locks
        self.pipes: list[Connection] = []
        self.processes = []
        for rank in range(RANKS):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(rank, self.folder.name, theirs), daemon=True
            )
            process.start()
            theirs.close()
            self.pipes.append(ours)
            self.processes.append(process)

    def run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> list[Any]:
        for pipe in self.pipes:
            pipe.send((function, arguments))
        results = []
        for rank, pipe in enumerate(self.pipes):
            if not pipe.poll(SECONDS):
                raise AssertionError(f"rank {rank} took longer than {SECONDS} s")
            failure, result = pipe.recv()
            if failure:
                raise AssertionError(f"rank {rank} raised:\n{failure}".rstrip())
            results.append(result)
        return results

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()
        for pipe in self.pipes:
            pipe.close()
        self.folder.cleanup()


@cache
def _world() -> _World:
    world = _World()
    atexit.register(world.end)
    return world


def _serve(rank: int, folder: str, pipe: Connection) -> None:
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        init_method=Path(folder, "store").as_uri(),
        rank=rank,
        world_size=RANKS,
        timeout=timedelta(seconds=SECONDS / 2),
    )
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:  # the tests are over
            return
        torch.manual_seed(0)
        try:
            pipe.send((None, function(rank, *arguments)))
        except Exception:
            pipe.send((traceback.format_exc(), None))
