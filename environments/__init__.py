"""The environments: pinned requirements, and what makes them. Standard library, Python 3.9."""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STARTED = time.monotonic()


class SetupError(Exception):
    """The command cannot go on; the message says why and what to do. dev.py exits 2."""


class UnavailableError(SetupError):
    """There is no interpreter for an environment; a backend that nobody named is skipped."""


def say(who: str, what: str) -> None:
    """One line of progress, with the seconds since the start."""
    sys.stderr.write(f"[{time.monotonic() - STARTED:6.1f} s] {who}: {what}\n")
    sys.stderr.flush()
