"""The clock of a CPU, and how often to repeat what is timed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from itertools import repeat

Elapsed = Callable[[Callable[[], None], int], float]


def elapsed(run: Callable[[], None], loops: int) -> float:
    """How many seconds ``loops`` calls of ``run`` take, without the garbage collector."""
    collects = gc.isenabled()
    gc.disable()  # As timeit does: a collection belongs to whoever made the garbage.
    try:
        begun = time.perf_counter()
        for _ in repeat(None, loops):
            run()
        return time.perf_counter() - begun
    finally:
        if collects:
            gc.enable()


def calibrated(run: Callable[[], None], seconds: float, elapsed: Elapsed) -> int:
    """How many calls take at least so many seconds, as a power of two."""
    loops = 1
    while elapsed(run, loops) < seconds:
        loops *= 2
    return loops
