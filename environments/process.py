"""Child processes that never outlive dev.py, not even where it is killed."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TypeVar

from environments import ROOT, SetupError, UnavailableError

T = TypeVar("T")
R = TypeVar("R")
HEARTBEAT = 20  # seconds between two signs of life
# Waits for the end of its input, which is the end of dev.py at the latest, and then kills what is
# left of the child's process group.
GUARD = "read -r _; kill -s KILL -- -$0 2>/dev/null"

_running: set[subprocess.Popen[str]] = set()
_stopping = threading.Event()


def clean(env: Mapping[str, str]) -> dict[str, str]:
    """The variables without those that change what Python and pytest do."""
    return {n: value for n, value in env.items() if not n.startswith(("PYTHON", "PYTEST_"))}


def run(
    command: list[str],
    env: Mapping[str, str] | None = None,
    timeout: int | None = None,
    alive: Callable[[], None] = lambda: None,
    pass_fds: tuple[int, ...] = (),
) -> tuple[int, str]:
    """Runs the command in the project's root, to its end and to the end of all that it started.

    Returns its exit code, as a shell reports it, and its output. Calls `alive` now and then.
    Raises OSError where it cannot be started, which is a TimeoutError where it takes longer than
    `timeout`, and SetupError once all has been stopped.
    """
    if _stopping.is_set():
        raise SetupError("stopped")
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env=clean(os.environ if env is None else env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        pass_fds=pass_fds,
    )
    _running.add(child)
    guard = subprocess.Popen(
        ["/bin/sh", "-c", GUARD, str(child.pid)], stdin=subprocess.PIPE, start_new_session=True
    )
    output: list[str] = []
    reader = threading.Thread(target=read, args=(child.stdout, output), daemon=True)
    reader.start()
    try:
        code = wait(child, timeout, alive)
    finally:
        guard.communicate()  # kills the child too, where it has not ended
        child.wait()
        _running.discard(child)
        reader.join(HEARTBEAT)
    return 128 - code if code < 0 else code, "".join(output)


def read(pipe: IO[str], output: list[str]) -> None:
    """Puts all that comes through the pipe into the list."""
    with pipe:
        output.extend(pipe)


def wait(child: subprocess.Popen[str], timeout: int | None, alive: Callable[[], None]) -> int:
    """The exit code of the child, once it has ended."""
    for waited in itertools.count(1):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(1)
        if waited == timeout:
            raise TimeoutError(f"gave no answer within {timeout} s")
        if waited % HEARTBEAT == 0:
            alive()
    raise AssertionError("a count has no end")


def each(items: Iterable[T], work: Callable[[T], R], at_a_time: int = 8) -> dict[T, R]:
    """What `work` returns for each item, done in threads.

    Where this is cut short, all that runs is ended, and nothing more starts.
    """
    with ThreadPoolExecutor(at_a_time) as pool:
        jobs = {item: pool.submit(work, item) for item in items}
        try:
            return {item: job.result() for item, job in jobs.items()}
        except BaseException:  # Ctrl-C, a signal
            _stopping.set()
            for child in list(_running):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGTERM)
            raise


def ask(
    python: Path, *arguments: str, timeout: int = 60, env: Mapping[str, str] | None = None
) -> str:
    """Runs `python -I ARGUMENTS` and returns its output. Raises UnavailableError if that fails."""
    try:
        code, output = run([str(python), "-I", "-u", *arguments], env, timeout)
    except OSError as error:  # a TimeoutError is one
        reason = f"does not run: {error.strerror}" if error.strerror else str(error)
        raise UnavailableError(f"{python} {reason}") from error
    if code:
        said = [line for line in output.splitlines() if line.strip()] or ["no message"]
        # An exception comes last; a shim's complaint comes first.
        line = said[-1] if "Traceback" in output else said[0]
        raise UnavailableError(f"{python} fails with exit code {code}: {line.strip()}")
    return output
