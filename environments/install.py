"""Fills a folder from its pins, so that one that was cut short is never taken for a whole one.

A virtual environment cannot be moved, so a folder is filled where it stays, and a stamp is written
last. Only the stamp is believed. A lock keeps a second run out while the first one installs, and
keeps it from pulling a folder out from under a run that uses it.
"""

from __future__ import annotations

import ast
import fcntl
import functools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from environments import HOME, SetupError
from environments.interpreters import Interpreter, UnavailableError, ask, uv
from environments.specs import Pinned

STAMP = "complete.json"
HEARTBEAT = 20  # seconds between two lines while an installer works
POLL = 0.3  # seconds between two looks at a lock that another run holds
TAIL = 15  # lines of a failed installer's output to show
STARTED = time.monotonic()

# Locks are held until the process ends. The installer inherits its lock, so that one which outlives
# a killed dev.py still keeps the next dev.py out.
_locks: list[IO[str]] = []
_installers: set[subprocess.Popen[bytes]] = set()
_stopping = threading.Event()


def say(who: str, what: str) -> None:
    """One line of progress, with the seconds since the start."""
    sys.stderr.write(f"[{time.monotonic() - STARTED:6.1f} s] {who}: {what}\n")
    sys.stderr.flush()


def once(folder: Pinned, whole: Callable[[], bool], make: Callable[[IO[str]], None]) -> None:
    """Calls `make` unless the folder is whole, and keeps others from changing it from then on."""
    HOME.mkdir(exist_ok=True)
    lock = (HOME / f"{folder.name}.lock").open("w")
    told = False
    try:
        while not (take(lock, fcntl.LOCK_SH) and whole()):
            if take(lock, fcntl.LOCK_EX):
                if not whole():  # it may have become so between the two locks
                    make(lock)
                fcntl.flock(lock, fcntl.LOCK_SH)
                break
            if not told:
                say(folder.name, "waiting for another dev.py, or an installer that one left behind")
                told = True
            # To look again is to see that the other one made it, and goes on using it.
            if _stopping.wait(POLL):
                raise SetupError("stopped")
    except BaseException:
        lock.close()  # a command may go on without this folder, while another one makes it
        raise
    _locks.append(lock)


def take(lock: IO[str], kind: int) -> bool:
    """Takes the lock if that needs no waiting; otherwise lets go of what it held of it."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(lock, fcntl.LOCK_UN)
        return False
    return True


def stamp_of(folder: Pinned, python: Interpreter) -> dict[str, str]:
    """What the folder was filled from, for which Python and where, as a stamp records it."""
    return {"pins": folder.fingerprint(), "python": python.version, "home": str(folder.home)}


def stamped(folder: Pinned, python: Interpreter) -> bool:
    """Whether the folder is whole, and current."""
    try:
        stamp = json.loads((folder.home / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp == stamp_of(folder, python))


def fill(
    folder: Pinned, commands: list[list[str]], prove: Callable[[], Interpreter], lock: IO[str]
) -> None:
    """Fills the folder anew by the commands, and stamps it for the Python that `prove` returns.

    Raises SetupError, with the end of the log, if a command fails or `prove` raises
    UnavailableError.
    """
    (folder.home / STAMP).unlink(missing_ok=True)  # first: a removal can be cut short too
    say(folder.name, f"installing {folder.pins.name} ({folder.note})")
    begun = time.monotonic()
    if folder.home.exists():
        shutil.rmtree(folder.home)
    log_path = HOME / f"{folder.name}.log"
    with log_path.open("wb") as log:
        for command in commands:
            log.write(f"$ {' '.join(command)}\n".encode())
            log.flush()
            code = install(command, folder, log, lock)
            if code:
                what = f"{installer()} failed with exit code {code}"
                raise SetupError(failure(folder, what, log_path))
    try:
        python = prove()
    except UnavailableError as error:
        raise SetupError(failure(folder, f"it was made, but {error}", log_path)) from error
    draft = folder.home / f"{STAMP}.draft"
    draft.write_text(json.dumps(stamp_of(folder, python)))
    draft.replace(folder.home / STAMP)
    say(folder.name, f"ready after {time.monotonic() - begun:.0f} s")


def installer() -> str:
    """What installs."""
    return "pip" if uv() is None else "uv"


def installing(folder: Pinned, python: Path, *options: str) -> list[str]:
    """The command that installs what is pinned, for this Python and, unless told, into it."""
    pins = ["-r", str(folder.pins)]
    if (tool := uv()) is None:
        # -I keeps the working folder and the user's PYTHONPATH out of pip.
        pip = [str(python), "-I", "-m", "pip", "install", "--progress-bar=off"]
        return [*pip, *options, *pins]
    build = ["--build-constraints", str(folder.build_pins)] if folder.build_pins else []
    return [tool, "pip", "install", "--python", str(python), *build, *options, *pins]


def surroundings(folder: Pinned) -> dict[str, str]:
    """The installer's environment variables."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if uv() and (links := find_links()):
        env["UV_FIND_LINKS"] = ",".join(links)
    if folder.build_pins:
        # Old versions of pip read the first of these when they build a package, new ones the
        # second. A path with a space would be split, so the name is relative to the folder that
        # the installer runs in.
        for name in ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"):
            env[name] = f"{env.get(name, '')} {folder.build_pins.name}".strip()
        env["PIP_USE_PEP517"] = "1"  # the old way of building ignores the constraints
    return env


@functools.cache
def find_links() -> tuple[str, ...]:
    """Where pip has been told to look for wheels, which uv does not ask pip about."""
    links = os.environ.get("UV_FIND_LINKS", "").split(",")
    links += os.environ.get("PIP_FIND_LINKS", "").split()
    try:
        settings = ask(Path(sys.executable), "-m", "pip", "config", "list").splitlines()
    except UnavailableError:  # this Python has no pip, hence no settings for it
        settings = []
    for line in settings:
        name, _, value = line.partition("=")
        if name.endswith(".find-links"):
            links += ast.literal_eval(value).split()
    return tuple(dict.fromkeys(link for link in links if link))


def install(command: list[str], folder: Pinned, log: IO[bytes], lock: IO[str]) -> int:
    """Runs one command into the log, with a sign of life now and then. Returns its exit code."""
    if _stopping.is_set():
        raise SetupError("stopped")
    child = subprocess.Popen(
        command,
        cwd=folder.pins.parent,
        env=surroundings(folder),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        pass_fds=[lock.fileno()],
    )
    _installers.add(child)
    try:
        while True:
            try:
                return child.wait(timeout=HEARTBEAT)
            except subprocess.TimeoutExpired:
                say(folder.name, f"still at it: {tail(Path(log.name), 1)[:100]}")
    finally:
        _installers.discard(child)


def stop_installers() -> None:
    """Ends the installers that this process started, and lets no more start."""
    _stopping.set()
    for child in list(_installers):
        child.terminate()


def tail(log: Path, lines: int) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").strip().splitlines()[-lines:])


def failure(folder: Pinned, what: str, log: Path) -> str:
    """The message for a folder that could not be filled."""
    say(folder.name, f"not made: {what}")
    return (
        f".envs/{folder.name} could not be made: {what}\n"
        f"--- the last lines of {log}\n{tail(log, TAIL)}\n---"
    )
