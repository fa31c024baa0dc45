"""Child processes that never outlive dev.py, not even where it is killed."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from environments import ROOT, UnavailableError

# Runs a command beside a guard, which waits for the end of the input, that of dev.py at the latest,
# and then kills what is left of the process group: there is a guard before there is a command.
GUARDED = """\
exec 9<&0
( ( read -r _ <&9; kill -s KILL 0 ) & )
exec "$@" </dev/null 9<&-
"""
PATIENCE = 20  # seconds that a process outside the child's group may keep its output open


def clean(env: Mapping[str, str]) -> dict[str, str]:
    """The variables without those that change what Python and pytest do."""
    return {n: value for n, value in env.items() if not n.startswith(("PYTHON", "PYTEST_"))}


def stop(number: int, _: object) -> None:
    """Ends dev.py by a signal; the guards end all that it runs."""
    os.write(2, b"dev.py: interrupted\n")
    os._exit(128 + number)  # as a shell reports it; sys.exit would wait for the threads


def run(
    command: list[str],
    env: Mapping[str, str] | None = None,
    timeout: int | None = None,
    pass_fds: tuple[int, ...] = (),
) -> tuple[int, str]:
    """Runs the command in the project's root, to its end and to the end of all that it started.

    Returns its exit code and its output, as a shell does. Raises TimeoutError where it takes longer
    than `timeout` seconds.
    """
    child = subprocess.Popen(
        ["/bin/sh", "-c", GUARDED, "sh", *command],
        cwd=ROOT,
        env=clean(os.environ if env is None else env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        pass_fds=pass_fds,
    )
    assert child.stdin is not None
    output: list[str] = []
    reader = threading.Thread(target=read, args=(child.stdout, output), daemon=True)
    reader.start()
    try:
        code = child.wait(timeout)
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"gave no answer within {timeout} s") from None
    finally:
        child.stdin.close()  # the guard kills what is left, the command too
        child.wait()
        reader.join(PATIENCE)
    return 128 - code if code < 0 else code, "".join(output)


def read(pipe: IO[str], output: list[str]) -> None:
    """Puts all that comes through the pipe into the list."""
    with pipe:
        output.extend(pipe)


def ask(
    python: Path, *arguments: str, timeout: int = 60, env: Mapping[str, str] | None = None
) -> str:
    """Runs `python -I ARGUMENTS` and returns its output. Raises UnavailableError if that fails."""
    try:
        code, output = run([str(python), "-I", "-u", *arguments], env, timeout)
    except TimeoutError as error:
        raise UnavailableError(f"{python} {error}") from error
    if code:
        said = [line for line in output.splitlines() if line.strip()] or ["no message"]
        # An exception comes last; a shim's complaint comes first.
        line = said[-1] if "Traceback" in output else said[0]
        raise UnavailableError(f"{python} fails with exit code {code}: {line.strip()}")
    return output
