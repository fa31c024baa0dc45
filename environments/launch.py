"""Runs a command that this process stands in for: exit codes, Ctrl-C and signals pass through."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping
from pathlib import Path

GRACE = 30  # seconds that a command has to save what it has after Ctrl-C or a signal


def launch(command: list[str], env: Mapping[str, str], cwd: Path | None = None) -> int:
    """Runs the command to its end and returns its exit code as a shell reports it."""
    child = subprocess.Popen(command, env=env, cwd=cwd)
    try:
        code = child.wait()
    except BaseException as stop:
        if not isinstance(stop, KeyboardInterrupt):  # which the terminal sent to the child as well
            child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=GRACE)
        raise
    finally:
        child.terminate()  # does nothing to a child that has ended
    return 128 - code if code < 0 else code
