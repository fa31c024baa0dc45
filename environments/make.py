"""Makes one environment, so that a set-up which was cut short is never taken for a whole one.

A virtual environment cannot be moved, so it is built where it stays, and a stamp is written last.
Only the stamp is believed. A lock keeps a second run out while the first one builds, and keeps a
rebuild from pulling an environment out from under a run that uses it.
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
from pathlib import Path
from typing import IO

from environments import HOME, SetupError
from environments.interpreters import (
    Interpreter,
    UnavailableError,
    ask,
    find,
    prove,
    prove_imports,
    uv,
)
from environments.specs import Spec

STAMP = "complete.json"
HEARTBEAT = 20  # seconds between two lines while an installer works
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


def python_of(spec: Spec) -> Path:
    """The interpreter of an environment, whether or not it has been made."""
    return spec.home / "bin" / "python"


def trusted(spec: Spec) -> Interpreter | None:
    """The environment's interpreter, if the environment is whole, current and runs."""
    try:
        stamp = json.loads((spec.home / STAMP).read_text())
        found = prove(python_of(spec))
    except (OSError, ValueError, UnavailableError):
        return None
    current = stamp == stamp_of(spec, found) and found.minor in spec.pythons
    return found if current else None


def stamp_of(spec: Spec, python: Interpreter) -> dict[str, str]:
    """What the environment was made from and where, as a stamp records it."""
    return {"pins": spec.fingerprint(), "python": python.version, "home": str(spec.home)}


def ready(spec: Spec) -> Path:
    """The environment's interpreter; makes the environment where that is needed.

    Raises UnavailableError when no Python serves its pins, and SetupError when making it fails.
    """
    HOME.mkdir(exist_ok=True)
    lock = (HOME / f"{spec.name}.lock").open("w")
    _locks.append(lock)
    take(lock, fcntl.LOCK_SH, spec)
    if trusted(spec) is None:
        # flock lets go of the shared lock before it waits, so two runs here cannot deadlock; the
        # one that comes second finds the work done.
        take(lock, fcntl.LOCK_EX, spec)
        if trusted(spec) is None:
            make(spec, lock)
        take(lock, fcntl.LOCK_SH, spec)
    return python_of(spec)


def take(lock: IO[str], kind: int, spec: Spec) -> None:
    """Takes the lock, and says so when that means waiting for another run."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        say(spec.name, "waiting for another dev.py, or an installer that one left behind")
        fcntl.flock(lock, kind)


def make(spec: Spec, lock: IO[str]) -> None:
    """Builds the environment anew and stamps it."""
    (spec.home / STAMP).unlink(missing_ok=True)  # first: a removal can be cut short too
    python = find(spec.pythons)
    tool = "pip" if uv() is None else "uv"
    say(spec.name, f"making .envs/{spec.name} with Python {python.version} and {tool}")
    say(spec.name, f"installing {spec.pins.name} ({spec.note})")
    begun = time.monotonic()
    if spec.home.exists():
        shutil.rmtree(spec.home)
    log_path = HOME / f"{spec.name}.log"
    with log_path.open("wb") as log:
        for command in commands(spec, python):
            log.write(f"$ {' '.join(command)}\n".encode())
            log.flush()
            code = install(command, spec, log, lock)
            if code:
                raise SetupError(failure(spec, f"{tool} failed with exit code {code}", log_path))
    try:
        made = prove(python_of(spec))
        prove_imports(made.path, spec.imports)
    except UnavailableError as error:
        raise SetupError(failure(spec, f"it was made, but {error}", log_path)) from error
    draft = spec.home / f"{STAMP}.draft"
    draft.write_text(json.dumps(stamp_of(spec, made)))
    draft.replace(spec.home / STAMP)
    say(spec.name, f"ready after {time.monotonic() - begun:.0f} s")


def commands(spec: Spec, python: Interpreter) -> list[list[str]]:
    """What makes the environment: uv where there is one, else venv and pip."""
    home, inside, pins = str(spec.home), str(python_of(spec)), str(spec.pins)
    tool = uv()
    if tool is None:
        # -I keeps the working folder and the user's PYTHONPATH out of pip.
        return [
            [str(python.path), "-I", "-m", "venv", home],
            [inside, "-I", "-m", "pip", "install", "--progress-bar=off", "-r", pins],
        ]
    build = ["--build-constraints", str(spec.build_pins)] if spec.build_pins else []
    return [
        [tool, "venv", "--python", str(python.path), home],
        [tool, "pip", "install", "--python", inside, *build, "-r", pins],
    ]


def surroundings(spec: Spec) -> dict[str, str]:
    """The installer's environment variables."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if uv() and (links := find_links()):
        env["UV_FIND_LINKS"] = ",".join(links)
    if spec.build_pins:
        # Old versions of pip read the first of these when they build a package, new ones the
        # second. A path with a space would be split, so the name is relative to the folder that
        # the installer runs in.
        for name in ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"):
            env[name] = f"{env.get(name, '')} {spec.build_pins.name}".strip()
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


def install(command: list[str], spec: Spec, log: IO[bytes], lock: IO[str]) -> int:
    """Runs one command into the log, with a sign of life now and then. Returns its exit code."""
    if _stopping.is_set():
        raise SetupError("stopped")
    child = subprocess.Popen(
        command,
        cwd=spec.pins.parent,
        env=surroundings(spec),
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
                say(spec.name, f"still at it: {tail(Path(log.name), 1)[:100]}")
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


def failure(spec: Spec, what: str, log: Path) -> str:
    """The message for an environment that could not be made."""
    say(spec.name, f"not made: {what}")
    return (
        f"the environment {spec.name} could not be made: {what}\n"
        f"--- the last lines of {log}\n{tail(log, TAIL)}\n---"
    )
