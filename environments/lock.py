"""One lock for all environments of a checkout: shared by the runs that use them, else one's own.

It is held until the process ends, also as the controller that it may go on as.
"""

from __future__ import annotations

import fcntl
import functools
import os
import time
from collections.abc import Callable

from conformance.interpreters import HOME
from environments import SetupError, say

POLL = 0.5  # seconds between two looks at a lock that another run holds


@functools.cache
def descriptor() -> int:
    """The lock's file. Read-only, so that it serves where nothing can be written.

    Raises SetupError where there is none and it cannot be made.
    """
    try:
        HOME.mkdir(exist_ok=True)
        lock = os.open(HOME / "lock", os.O_RDONLY | os.O_CREAT, 0o666)
    except OSError as error:
        why = f"{HOME} cannot be made ({error.strerror})"
        raise SetupError(f"{why}; copy the checkout to a folder that can be written") from error
    os.set_inheritable(lock, True)
    return lock


def hold(current: Callable[[], bool], change: Callable[[], object]) -> None:
    """Calls `change` unless all is `current`, and keeps other runs from changing it from then on.

    Who waits looks again and again: another run may make what is wanted, and go on using it.
    """
    told = False
    while not (take(fcntl.LOCK_SH) and current()):
        if take(fcntl.LOCK_EX):
            change()
            fcntl.flock(descriptor(), fcntl.LOCK_SH)
            return
        if not told:
            say("environments", "waiting for another dev.py, which makes them or uses others")
            told = True
        time.sleep(POLL)


def take(kind: int) -> bool:
    """Takes the lock if that needs no waiting; otherwise lets go of what it held of it."""
    try:
        fcntl.flock(descriptor(), kind | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(descriptor(), fcntl.LOCK_UN)
        return False
    return True
