"""Two processes with a process group over gloo, started once for all tests that need them."""

from __future__ import annotations

import atexit
import faulthandler
import signal
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
CRASHES: list[str] = []  # after which a job was run again; the summary of the tests shows them
Result = TypeVar("Result")


class Died(AssertionError):
    """A rank ended without an answer: killed, or crashed."""


def on_each_rank(function: Callable[..., Result], *arguments: Any) -> list[Result]:
    """What ``function(rank, *arguments)`` returns on each rank, after ``torch.manual_seed(0)``.

    Args:
        function: one that can be pickled, so defined at the top of a module.
        arguments: these are pickled too, and so is what is returned.

    A job whose rank died is run once more, in new processes. A layer in pure Python cannot kill
    its process, and PyTorch can: once, in the FSDP2 test of the reversal, gloo's own thread
    (pt_gloo_runloop, torch 2.13) crashed in malloc, on a list of free blocks that two threads had
    changed. 20,000 further jobs did not show it again, nor did valgrind find a wrong access.
    Each such crash is listed in CRASHES, and a layer that does cause one dies again.

    Raises:
        AssertionError: it raised on a rank, a rank took too long, or one died twice. The
            processes are ended then, and the next call starts new ones.
    """
    try:
        return _run(function, arguments)
    except Died as crash:
        CRASHES.append(f"{function.__module__}.{function.__qualname__}{arguments}: {crash}")
        return _run(function, arguments)


def _run(function: Callable[..., Result], arguments: tuple[Any, ...]) -> list[Result]:
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
        try:
            for pipe in self.pipes:
                pipe.send((function, arguments))
            return [self._answer(rank) for rank in range(RANKS)]
        except (AssertionError, EOFError, OSError):
            self._look_for_the_dead()  # the other rank's failure may be no more than its echo
            raise

    def _answer(self, rank: int) -> Any:
        if not self.pipes[rank].poll(SECONDS):
            raise AssertionError(f"rank {rank} took longer than {SECONDS} s")
        failure, result = self.pipes[rank].recv()
        if failure:
            raise AssertionError(f"rank {rank} raised:\n{failure}".rstrip())
        return result

    def _look_for_the_dead(self) -> None:
        for rank, process in enumerate(self.processes):
            process.join(0.5)  # its connections end a moment before itself
            if process.exitcode is not None:
                code = process.exitcode
                how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
                stacks = _stacks(self.folder.name, rank).read_text()
                raise Died(f"rank {rank} died: {how}\n{stacks}".rstrip()) from None

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


def _stacks(folder: str, rank: int) -> Path:
    """Where a rank that crashes leaves the stacks of its threads."""
    return Path(folder, f"stacks-{rank}")


def _serve(rank: int, folder: str, pipe: Connection) -> None:
    faulthandler.enable(_stacks(folder, rank).open("w"))
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
